"""The study cards_27: its cells, references and goals."""

import pytest

from set_contrastive.studies import registry


def test_cards_27_is_the_grid_of_the_study():
    study = registry.get("cards_27")
    cells = study.cells("data", 0)
    assert len(cells) == len({cell.name for cell in cells}) == 45
    games = ("set_27", "wildcard_27", "union_27", "symdiff_27", "shatter_27")
    dims = [4, 8, 16, 20, 24, 27, 512]
    for game in games:
        towers = [
            cell.config.model.vector_dim
            for cell in cells
            if cell.config.game == game and cell.config.model.family == "two_tower"
        ]
        assert towers == dims
    # Cells differ in game and model only, or they could not be compared.
    assert {(c.config.model.family, c.config.objective) for c in cells} == {
        ("two_tower", "cross_entropy_support"),
        ("cross_encoder", "cross_entropy_support"),
        ("classifier", "cross_entropy_support"),
    }
    assert len(study.references) == 40
    known = {(r.game, r.model): (r.kl_nats, r.top_k_overlap) for r in study.references}
    # Three values read off the study's figure by hand.
    assert known["wildcard_27", "two_tower_d4"] == (0.193, 0.961)
    assert known["symdiff_27", "two_tower_d24"] == (0.01269, 0.997)
    assert known["shatter_27", "classifier"] == (0.00013, 1.0)
    # 1.15 x 0.301 + 0.02, 1.25 x 0.337 + 0.05, and those that are not stretched.
    assert study.goals["union_27", "two_tower_d4"] == pytest.approx(0.36615)
    assert study.goals["symdiff_27", "two_tower_d8"] == pytest.approx(0.47125)
    assert study.goals["symdiff_27", "cross_encoder"] == 0.05
    assert study.goals["wildcard_27", "two_tower_d4"] == 0.25
    assert ("shatter_27", "classifier") not in study.goals
