"""The moment curve's keys against all their small subsets."""

import itertools

import numpy as np
import pytest
from scipy import optimize

from set_contrastive.base.errors import UserError
from set_contrastive.free_vectors import moment_curve


def is_retrievable(keys, subset):
    """Whether some query scores a subset's keys above all others."""
    inside = np.isin(np.arange(len(keys)), subset)
    differences = (keys[inside][:, None] - keys[~inside]).reshape(-1, keys.shape[1])
    found = optimize.linprog(
        [0] * keys.shape[1] + [-1],
        np.column_stack([-differences, np.ones(len(differences))]),
        np.zeros(len(differences)),
        bounds=[(-1, 1)] * keys.shape[1] + [(None, 1)],
    )
    return -found.fun > 1e-9


@pytest.mark.parametrize(
    ("num_keys", "size"), [(3, 1), (7, 1), (6, 2), (10, 2), (9, 3), (12, 3), (12, 4)]
)
def test_every_small_subset_is_ranked_first(num_keys, size):
    keys = moment_curve.keys(num_keys, size)
    assert keys.shape == (num_keys, moment_curve.sufficient_dim(size))
    np.testing.assert_allclose(np.linalg.norm(keys, axis=1), 1)
    for length in range(1, size + 1):
        for subset in itertools.combinations(range(num_keys), length):
            query = moment_curve.query(subset, num_keys, size)
            assert np.linalg.norm(query) == pytest.approx(1)
            scores = keys @ query
            inside = scores[list(subset)]
            outside = np.delete(scores, subset)
            assert inside.min() > outside.max() + 1e-5
            np.testing.assert_allclose(inside, inside[0], atol=1e-9)


@pytest.mark.parametrize(("num_keys", "size"), [(3, 1), (6, 2), (7, 2)])
def test_one_dimension_less_does_not_suffice(num_keys, size):
    dim = moment_curve.necessary_dim(size, num_keys)
    assert dim == moment_curve.sufficient_dim(size) == 2 * size
    rng = np.random.default_rng(0)
    for _ in range(5):
        keys = rng.standard_normal((num_keys, dim - 1))
        subsets = itertools.combinations(range(num_keys), size)
        assert not all(is_retrievable(keys, subset) for subset in subsets)


def test_necessary_dimensions_by_hand():
    # Two keys are the ends of a line; of three on a line the middle one is never first.
    assert [moment_curve.necessary_dim(1, k) for k in (1, 2, 3, 9)] == [0, 1, 2, 2]
    # All but one of three keys: the negative query puts the one first.
    assert moment_curve.necessary_dim(2, 3) == 2
    assert moment_curve.necessary_dim(8, 27) == 16
    assert moment_curve.necessary_dim(9, 27) == moment_curve.necessary_dim(18, 27)


@pytest.mark.parametrize("num_keys", range(2, 9))
def test_a_necessary_dimension_is_never_more_than_suffices(num_keys):
    for size in range(1, num_keys):
        needed = moment_curve.necessary_dim(size, num_keys)
        assert needed <= min(2 * size, 2 * (num_keys - size), num_keys - 1)


@pytest.mark.parametrize("subset", [(), (0, 1, 2)])
def test_subsets_of_another_size_are_refused(subset):
    with pytest.raises(UserError, match="1 to 2 keys"):
        moment_curve.query(subset, 9, 2)


def test_a_size_below_one_is_refused():
    for bound in (
        moment_curve.sufficient_dim,
        lambda size: moment_curve.necessary_dim(size, 5),
        lambda size: moment_curve.keys(5, size),
    ):
        with pytest.raises(UserError, match="subset_size must be at least 1, got 0"):
            bound(0)


def test_many_queries_are_those_of_single_subsets():
    rng = np.random.default_rng(0)
    mask = rng.random((40, 11)) < 0.25
    mask = mask[(mask.sum(axis=1) > 0) & (mask.sum(axis=1) <= 3)]
    found = moment_curve.queries(mask, 3)
    for vector, row in zip(found, mask, strict=True):
        single = moment_curve.query(np.flatnonzero(row).tolist(), 11, 3)
        np.testing.assert_allclose(vector, single, atol=1e-12)


@pytest.mark.parametrize("count", [3, 4, 7, 50])
def test_every_pair_of_any_number_of_keys_in_four_dimensions(count):
    mask = np.zeros((count * (count - 1) // 2, count), np.bool_)
    np.put_along_axis(mask, np.stack(np.triu_indices(count, 1), 1), True, axis=1)
    keys, queries = moment_curve.keys(count, 2), moment_curve.queries(mask, 2)
    assert queries.shape[1] == keys.shape[1] == 4
    for vectors in (queries, keys):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0)
    scores = queries @ keys.T
    inside = np.where(mask, scores, np.inf).min(axis=1)
    outside = np.where(mask, -np.inf, scores).max(axis=1)
    assert (inside > outside).all()
    np.testing.assert_allclose(scores[mask].reshape(-1, 2)[:, 0], inside, atol=1e-12)
    # The formula for pairs, by hand.
    s, t = 2 * np.pi * np.stack(np.triu_indices(count, 1)) / count
    both = [np.cos(s) + np.cos(t), np.sin(s) + np.sin(t)]
    both += [-np.cos(s + t) / 2, -np.sin(s + t) / 2]
    by_hand = np.stack(both, 1) / np.linalg.norm(both, axis=0)[:, None]
    np.testing.assert_allclose(queries, by_hand, atol=1e-9)
