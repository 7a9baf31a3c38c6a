"""The study cards_81: its cells, references and goals."""

import pytest

from set_contrastive.games import registry as games
from set_contrastive.models import families
from set_contrastive.studies import registry


def test_cards_81_is_the_grid_of_the_study():
    study = registry.get("cards_81")
    assert [cell.label for cell in study.cells("data", 0)] == [
        *(f"two_tower_d{dim}" for dim in (16, 24, 32, 64, 81, 128, 512)),
        "cross_encoder",
        "classifier",
    ]
    assert {cell.config.game for cell in study.cells("data", 0)} == {"union_81"}
    assert len(study.references) == 8
    known = {r.model: (r.kl_nats, r.top_k_overlap) for r in study.references}
    # Read off the study's figure by hand.
    assert known["two_tower_d16"] == (0.5826, 0.741)
    assert known["two_tower_d64"] == (0.017, 1.0)
    assert known["classifier"] == (0.001, 1.0)
    # 1.15 x 0.284 + 0.02.
    assert study.goals["union_81", "two_tower_d24"] == pytest.approx(0.3466)
    assert ("union_81", "cross_encoder") not in study.goals


def test_its_cross_encoder_has_less_than_half_of_the_parameters_of_any_two_tower():
    spec = games.get("union_81").spec
    cells = registry.get("cards_81").cells("data", 0)
    params = {
        cell.label: families.build(
            spec, cell.config.model
        ).all_keys_scorer.count_params()
        for cell in cells
    }
    towers = [n for label, n in params.items() if label.startswith("two_tower")]
    assert params["cross_encoder"] < min(towers) / 2
