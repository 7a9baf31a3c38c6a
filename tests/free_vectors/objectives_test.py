"""The losses of free vectors and their gradients, by loops and differences."""

import itertools
import math

import numpy as np
import pytest

from set_contrastive.free_vectors import objectives
from tests.free_vectors.small_masks import pairs
from tests.free_vectors.small_masks import subsets_of


def loss_of_query(name, row, inside, bias):
    """The losses as their definitions have them, for the scores of one query."""
    if name == "ranking":
        differences = itertools.product(row[inside], row[~inside])
        return math.log(1 + sum(math.exp(out - into) for into, out in differences))
    if name == "margin":
        return max(0.0, 1 - (min(row[inside]) - max(row[~inside])))
    if name == "sigmoid":
        signs = np.where(inside, 1, -1)
        return sum(math.log(1 + math.exp(-z)) for z in signs * (row + bias))
    return math.log(sum(math.exp(s) for s in row)) - row[inside].mean()


def loss(name, scores, mask, weights, bias):
    rows = zip(scores, mask, weights, strict=True)
    return sum(w * loss_of_query(name, s, inside, bias) for s, inside, w in rows)


@pytest.mark.parametrize("name", list(objectives.OBJECTIVES))
@pytest.mark.parametrize("kind", ["pairs", "of all sizes", "weighted"])
def test_losses_and_their_gradients(name, kind):
    rng = np.random.default_rng(1)
    mask = pairs(5) if kind == "pairs" else subsets_of((2, 3))
    weights = rng.random(len(mask)) if kind == "weighted" else None
    relation = objectives.Relation.of_mask(mask, weights, np.float64)
    each = np.full(len(mask), 1 / len(mask)) if weights is None else weights
    scores = rng.standard_normal((3, *mask.shape))
    bias = np.full((3, 1, 1), -0.7)
    losses, slope = objectives.OBJECTIVES[name](scores.copy(), relation, bias)
    for start in range(3):
        expected = loss(name, scores[start], mask, each, -0.7)
        assert losses[start] == pytest.approx(expected, rel=1e-9)
    for row, key in itertools.product(range(len(mask)), range(mask.shape[1])):
        step = np.zeros(mask.shape)
        step[row, key] = 1e-5
        ahead, behind = (
            loss(name, scores[1] + sign * step, mask, each, -0.7) for sign in (1, -1)
        )
        assert slope[1, row, key] == pytest.approx((ahead - behind) / 2e-5, abs=1e-6)


@pytest.mark.parametrize("name", list(objectives.OBJECTIVES))
def test_large_scores_overflow_nothing(name):
    mask = pairs(4)
    relation = objectives.Relation.of_mask(mask, None, np.float32)
    scores = np.where(mask, 1e4, -1e4).astype(np.float32)[None]
    bias = np.zeros((1, 1, 1), np.float32)
    for sign, expected in ((1, 0.0), (-1, 1e4)):
        losses, slope = objectives.OBJECTIVES[name](sign * scores, relation, bias)
        assert losses[0] >= expected and np.isfinite(slope).all()
        assert losses.dtype == slope.dtype == np.float32
