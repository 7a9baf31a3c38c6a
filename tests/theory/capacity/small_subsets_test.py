"""The moment curve's keys against all their small subsets."""

import itertools

import numpy as np
import pytest
from scipy import optimize

from set_contrastive.base.errors import UserError
from set_contrastive.theory.capacity import small_subsets


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
    keys = small_subsets.keys(num_keys, size)
    assert keys.shape == (num_keys, small_subsets.sufficient_dim(size))
    np.testing.assert_allclose(np.linalg.norm(keys, axis=1), 1)
    for length in range(1, size + 1):
        for subset in itertools.combinations(range(num_keys), length):
            query = small_subsets.query(subset, num_keys, size)
            assert np.linalg.norm(query) == pytest.approx(1)
            scores = keys @ query
            inside = scores[list(subset)]
            outside = np.delete(scores, subset)
            assert inside.min() > outside.max() + 1e-5
            np.testing.assert_allclose(inside, inside[0], atol=1e-9)


@pytest.mark.parametrize(("num_keys", "size"), [(3, 1), (6, 2), (7, 2)])
def test_one_dimension_less_does_not_suffice(num_keys, size):
    dim = small_subsets.necessary_dim(size, num_keys)
    assert dim == small_subsets.sufficient_dim(size) == 2 * size
    rng = np.random.default_rng(0)
    for _ in range(5):
        keys = rng.standard_normal((num_keys, dim - 1))
        subsets = itertools.combinations(range(num_keys), size)
        assert not all(is_retrievable(keys, subset) for subset in subsets)


def test_necessary_dimensions_by_hand():
    # Two keys are the ends of a line; of three on a line the middle one is never first.
    assert [small_subsets.necessary_dim(1, k) for k in (1, 2, 3, 9)] == [0, 1, 2, 2]
    # All but one of three keys: the negative query puts the one first.
    assert small_subsets.necessary_dim(2, 3) == 2
    assert small_subsets.necessary_dim(8, 27) == 16
    assert small_subsets.necessary_dim(9, 27) == small_subsets.necessary_dim(18, 27)


@pytest.mark.parametrize("num_keys", range(2, 9))
def test_a_necessary_dimension_is_never_more_than_suffices(num_keys):
    for size in range(1, num_keys):
        needed = small_subsets.necessary_dim(size, num_keys)
        assert needed <= min(2 * size, 2 * (num_keys - size), num_keys - 1)


@pytest.mark.parametrize("subset", [(), (0, 1, 2)])
def test_subsets_of_another_size_are_refused(subset):
    with pytest.raises(UserError, match="1 to 2 keys"):
        small_subsets.query(subset, 9, 2)


def test_a_size_below_one_is_refused():
    for bound in (
        small_subsets.sufficient_dim,
        lambda size: small_subsets.necessary_dim(size, 5),
        lambda size: small_subsets.keys(5, size),
    ):
        with pytest.raises(UserError, match="subset_size must be at least 1, got 0"):
            bound(0)
