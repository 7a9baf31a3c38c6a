"""Free embeddings: gradients against differences, results against plain loops."""

import itertools

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games.shared import SharedGame
from set_contrastive.theory.rank import matrix
from set_contrastive.theory.rank import retrieval

QUICK = retrieval.Training(steps=400, restarts=4)


def subsets_of(deck):
    return matrix.subsets(SharedGame(*deck), 1, 0).mask


def loss(name, scores, mask):
    """The losses as their definitions have them, for one matrix of scores."""
    total = 0.0
    for row, inside in zip(scores, mask, strict=True):
        if name == "ranking":
            pairs = itertools.product(row[inside], row[~inside])
            total += np.log(1 + sum(np.exp(out - into) for into, out in pairs))
        else:
            log_softmax = row - np.log(np.exp(row).sum())
            total -= log_softmax[inside].mean()
    return total


@pytest.mark.parametrize("name", ["ranking", "softmax"])
def test_slopes_are_the_gradient(name):
    rng = np.random.default_rng(0)
    mask = subsets_of((2, 3))
    scores = rng.standard_normal((1, *mask.shape))
    slope = retrieval._SLOPES[name](scores, mask)[0]
    for _ in range(30):
        row, key = rng.integers(mask.shape[0]), rng.integers(mask.shape[1])
        step = np.zeros(mask.shape)
        step[row, key] = 1e-6
        change = loss(name, scores[0] + step, mask) - loss(name, scores[0] - step, mask)
        assert slope[row, key] == pytest.approx(change / 2e-6, abs=1e-6)


def test_retrieved_by_hand():
    mask = np.array([[True, True, False], [False, True, False]])
    scores = np.array([[2.0, 3.0, 1.0], [2.0, 2.0, 1.0]])
    assert retrieval.retrieved(scores, mask).tolist() == [True, False]
    assert retrieval.retrieved(-scores, mask).tolist() == [False, False]


@pytest.mark.parametrize("name", ["ranking", "softmax"])
def test_what_is_found_retrieves_every_subset(name):
    mask = subsets_of((2, 4))
    training = retrieval.Training(loss=name, steps=800, restarts=4)
    dim, fits = retrieval.smallest_dim(mask, matrix.exact_rank(mask), training)
    assert dim == 4
    assert fits[3].retrieved < 1
    found = fits[dim]
    assert (found.queries.shape, found.keys.shape) == ((8, 4), (16, 4))
    for query, subset in zip(found.queries, mask, strict=True):
        scores = [float(query @ key) for key in found.keys]
        order = sorted(range(16), key=lambda k: -scores[k])
        assert set(order[: subset.sum()]) == set(np.flatnonzero(subset).tolist())


def test_dimensions_by_hand():
    # Single keys on a circle need 2 dimensions; on a line only both ends are first.
    single = np.eye(6, dtype=np.bool_)
    assert retrieval.smallest_dim(single, 6, QUICK)[0] == 2
    assert retrieval.fit(single, 1, QUICK).retrieved == pytest.approx(2 / 6)
    # The first j keys of an order need 1.
    nested = np.tri(6, dtype=np.bool_)[:-1]
    assert retrieval.smallest_dim(nested, 5, QUICK)[0] == 1


def test_the_shared_game_needs_two_dimensions_an_attribute():
    # A simplex (3 values) or polygon an attribute, side by side, retrieves all.
    for deck, dim in (((2, 3), 4), ((2, 5), 4), ((3, 3), 6)):
        mask = subsets_of(deck)
        assert retrieval.fit(mask, dim, QUICK).retrieved == 1
        assert retrieval.fit(mask, dim - 1, QUICK).retrieved < 1


def test_it_is_repeatable_and_depends_on_the_seed():
    mask = subsets_of((3, 3))
    first, again = (retrieval.fit(mask, 5, QUICK) for _ in range(2))
    np.testing.assert_array_equal(first.keys, again.keys)
    other = retrieval.fit(mask, 5, retrieval.Training(steps=400, restarts=4, seed=1))
    assert not np.allclose(first.keys, other.keys)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"restarts": 0}, "restarts must be at least 1, got 0"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0, got 0"),
    ],
)
def test_bad_training(fields, named):
    with pytest.raises(UserError, match=named):
        retrieval.Training(**fields)


def test_bad_dimension():
    with pytest.raises(UserError, match="d must be at least 1, got 0"):
        retrieval.fit(np.eye(3, dtype=np.bool_), 0, QUICK)


@pytest.mark.parametrize("row", [[0, 0, 0], [1, 1, 1]])
def test_subsets_that_need_no_vectors_are_refused(row):
    with pytest.raises(ValueError, match="none of them empty or of all keys"):
        retrieval.fit(np.array([[1, 0, 0], row], np.bool_), 2, QUICK)
