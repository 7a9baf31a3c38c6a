"""Phases: which steps and which queries they have."""

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.data import input_pipeline
from set_contrastive.games import registry
from tests.data.numbered_batches import BATCH_SIZE
from tests.data.numbered_batches import GAME
from tests.data.numbered_batches import PREPARED
from tests.data.numbered_batches import elements
from tests.data.numbered_batches import joined


def test_one_phase_without_a_curriculum():
    (phase,) = input_pipeline.phases((), 33, GAME, PREPARED)
    assert (phase.first_step, phase.end_step) == (0, 33)
    assert phase.source is PREPARED


def test_phases_of_a_curriculum():
    curriculum = ((1, 5), (2, 7), (8, None))
    phases = input_pipeline.phases(curriculum, 20, GAME, PREPARED)
    bounds = [(phase.first_step, phase.end_step) for phase in phases]
    assert bounds == [(0, 5), (5, 12), (12, 20)]
    assert [phase.name for phase in phases] == ["1 pair", "2 pairs", "8 pairs"]
    assert phases[-1].source is PREPARED


@pytest.mark.parametrize(("number", "pairs"), [(0, 1), (1, 2)])
def test_shorter_phases_have_queries_of_fewer_pairs(number, pairs):
    curriculum = ((1, 5), (2, 7), (8, None))
    phase = input_pipeline.phases(curriculum, 20, GAME, PREPARED)[number]
    found = joined(elements(phase))
    assert found["query"].shape == (BATCH_SIZE * [5, 7][number], 2 * pairs)
    shorter = GAME.with_pairs(pairs)
    np.testing.assert_array_equal(found["key_mask"], shorter.answer(found["query"]))


def test_a_curriculum_may_stay_below_the_full_length():
    phases = input_pipeline.phases(((1, 5), (2, None)), 20, GAME, PREPARED)
    assert elements(phases[-1])[0]["query"].shape == (BATCH_SIZE, 4)


@pytest.mark.parametrize(
    ("name", "curriculum", "message"),
    [
        ("union_27", ((16, 2), (8, None)), "whose queries have 8, got 16"),
        (
            "wildcard_27",
            ((8, 2), (1, None)),
            "whose queries have 1, got 8",
        ),
    ],
)
def test_no_phase_has_more_pairs_than_the_game(name, curriculum, message):
    with pytest.raises(UserError, match=message):
        input_pipeline.phases(curriculum, 20, registry.get(name), PREPARED)


def test_a_game_without_pairs_has_no_curriculum():
    game = registry.get("shatter_27")
    with pytest.raises(UserError, match="shatter_27 is not made of pairs"):
        input_pipeline.phases(((1, 5), (8, None)), 20, game, PREPARED)
