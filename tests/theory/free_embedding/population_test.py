"""Tests of the queries that floors are found on."""

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games import shatter
from set_contrastive.games import splits
from set_contrastive.theory.free_embedding import population


def _counts(game, queries):
    masks = game.answer(queries)
    counts = {}
    for mask in masks:
        subset = frozenset(np.flatnonzero(mask).tolist())
        counts[subset] = counts.get(subset, 0) + 1
    return {subset: count / len(masks) for subset, count in counts.items()}


def _as_dict(subsets):
    found = {}
    for truth, weight in zip(subsets.truth, subsets.weights, strict=True):
        matching = np.flatnonzero(truth)
        np.testing.assert_allclose(truth[matching], 1 / len(matching))
        found[frozenset(matching.tolist())] = weight
    return found


def test_the_queries_are_those_of_the_prepared_test_split():
    game = registry.get("union_27")
    split = splits.draw_splits(game, train_size=1)["test"]
    subsets = population.draw(game, len(split))
    assert subsets.num_queries == len(split) == population.TEST_SIZE
    assert _as_dict(subsets) == pytest.approx(_counts(game, split))


def test_a_game_that_lists_its_queries_gives_all():
    subsets = population.draw(registry.get("wildcard_27"), 10)
    assert subsets.num_queries == 4096
    assert len(subsets.weights) == 64  # 4 values or any, of 3 attributes.
    assert subsets.weights.sum() == pytest.approx(1.0)


def test_part_keeps_the_shape_of_the_weights():
    masks = np.array([[1, 0, 0]] * 6 + [[0, 1, 0]] * 3 + [[0, 0, 1]], bool)
    whole = population.of_masks(masks)
    assert sorted(whole.weights) == pytest.approx([0.1, 0.3, 0.6])
    assert population.part(whole, 5).weights == pytest.approx(whole.weights)
    # The queries at a quarter and at three quarters.
    some = population.part(whole, 2)
    assert some.weights == pytest.approx([0.5, 0.5]) and some.num_queries == 2
    many = population.of_masks(np.array([[1, 0, 0, 0]] * 90 + 2 * [*np.eye(4)], bool))
    assert population.part(many, 3).weights == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("game", "num_queries", "message"),
    [
        (shatter.ShatterGame(129), 1, "2 to 128 keys, got shatter_129 with 129"),
        (shatter.ShatterGame(1), 1, "2 to 128 keys"),
        (registry.get("set_27"), 0, "num_queries must be at least 1, got 0"),
    ],
)
def test_bad_input_is_named(game, num_queries, message):
    with pytest.raises(UserError, match=message):
        population.draw(game, num_queries)
