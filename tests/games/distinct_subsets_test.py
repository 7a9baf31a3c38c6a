"""Distinct subsets against Python sets of the same queries."""

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games import distinct_subsets
from set_contrastive.games import registry
from set_contrastive.games import splits


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
    subsets = distinct_subsets.of_split(game, len(split))
    assert subsets.num_queries == len(split) == splits.HELD_OUT_SIZE
    assert _as_dict(subsets) == pytest.approx(_counts(game, split))


def test_a_game_that_lists_its_queries_gives_all():
    subsets = distinct_subsets.of_split(registry.get("wildcard_27"), 10)
    assert subsets.num_queries == 4096
    assert len(subsets.weights) == 64  # 4 values or any, of 3 attributes.
    assert subsets.weights.sum() == pytest.approx(1.0)


def test_part_keeps_the_shape_of_the_weights():
    masks = np.array([[1, 0, 0]] * 6 + [[0, 1, 0]] * 3 + [[0, 0, 1]], bool)
    whole = distinct_subsets.of_masks(masks)
    assert sorted(whole.weights) == pytest.approx([0.1, 0.3, 0.6])
    assert distinct_subsets.part(whole, 5).weights == pytest.approx(whole.weights)
    # The queries at a quarter and at three quarters.
    some = distinct_subsets.part(whole, 2)
    assert some.weights == pytest.approx([0.5, 0.5]) and some.num_queries == 2
    masks = np.array([[1, 0, 0, 0]] * 90 + 2 * [*np.eye(4)], bool)
    many = distinct_subsets.of_masks(masks)
    assert distinct_subsets.part(many, 3).weights == pytest.approx([1.0])


def test_no_queries_are_refused():
    with pytest.raises(UserError, match="num_queries must be at least 1, got 0"):
        distinct_subsets.of_split(registry.get("set_27"), 0)


def test_subsets_of_a_game():
    listed = distinct_subsets.of_game(registry.get("wildcard_27"), 1, 0)
    assert (listed.whole, listed.mask.shape) == (True, (64, 27))
    some = distinct_subsets.of_game(registry.get("union_27"), 500, 0)
    assert not some.whole and some.num_queries == 500
    assert len(some.mask) == len(np.unique(some.mask, axis=0)) <= 500
    assert some.mask.any(axis=1).all()


def test_rows_of_zeros_are_left_out():
    masks = np.array([[0, 0], [0, 1], [0, 1]], np.bool_)
    subsets = distinct_subsets.of_masks(masks)
    assert subsets.mask.tolist() == [[False, True]] and subsets.num_queries == 2
