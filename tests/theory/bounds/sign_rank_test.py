"""Bounds of the sign rank against matrices whose numbers are known."""

import itertools
import math

import numpy as np
import pytest
from scipy import linalg

from set_contrastive.base.errors import UserError
from set_contrastive.theory.bounds import sign_rank


def all_subsets(num_keys):
    return np.array(list(itertools.product([False, True], repeat=num_keys)))


@pytest.mark.parametrize("size", [2, 8, 32])
def test_hadamard_matrices(size):
    # H H^T = n I, so the norm is sqrt(n) and the bound n / sqrt(n).
    mask = linalg.hadamard(size) > 0
    assert sign_rank.spectral_bound(mask) == pytest.approx(math.sqrt(size))
    assert sign_rank.largest_margin(mask) == pytest.approx(1 / math.sqrt(size))


def test_all_subsets():
    # Columns of all 2^K sign vectors are orthogonal: norm 2^(K / 2), bound sqrt(K).
    assert sign_rank.spectral_bound(all_subsets(6)) == pytest.approx(math.sqrt(6))
    # The margin is reached: keys are unit vectors, queries sign vectors / sqrt(K).
    assert sign_rank.largest_margin(all_subsets(6)) == pytest.approx(1 / math.sqrt(6))


def test_rank_one():
    mask = np.array([[1, 0, 1], [0, 1, 0]], np.bool_)
    assert sign_rank.spectral_bound(mask) == pytest.approx(1)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_it_is_not_above_a_sign_rank_that_is_known(rank):
    rng = np.random.default_rng(0)
    for _ in range(20):
        queries, keys = rng.standard_normal((40, rank)), rng.standard_normal((rank, 12))
        mask = queries @ keys > 0  # Of a sign rank of at most `rank`.
        rows = rng.choice(40, rng.integers(1, 41), replace=False)
        for part in (mask, mask[rows]):
            assert sign_rank.spectral_bound(part) <= rank + 1e-9


def test_sign_changes():
    mask = np.array([[0, 1, 1, 0, 0], [1, 1, 0, 0, 0], [1, 0, 1, 0, 1]], np.bool_)
    assert sign_rank.sign_change_bound(mask[:1]) == 3
    assert sign_rank.sign_change_bound(mask[1:2]) == 2
    assert sign_rank.sign_change_bound(mask) == 5
    assert sign_rank.sign_change_bound(np.ones((2, 4), np.bool_)) == 1
    # At most k keys: at most 2k changes.
    small = all_subsets(7)
    small = small[small.sum(axis=1) <= 2]
    assert sign_rank.sign_change_bound(small) == 5


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (4, 3), (3, 5)])
def test_warrens_bound_holds_for_rank_one(rows, columns):
    # Rank 1: outer products of signs, u v and -u -v being the same.
    found = {
        tuple(np.outer(u, v).ravel())
        for u in itertools.product((-1, 1), repeat=rows)
        for v in itertools.product((-1, 1), repeat=columns)
    }
    assert len(found) == 2 ** (rows + columns - 1)
    assert math.log2(len(found)) <= sign_rank.log2_matrices(rows, columns, 1)


def test_warrens_bound_by_hand():
    # v = 2 (100 + 50) = 300 variables, 5,000 entries of degree 2.
    expected = 300 * math.log2(8 * math.e * 5000 / 300)
    assert sign_rank.log2_matrices(100, 50, 2) == pytest.approx(expected)
    assert sign_rank.log2_matrices(100, 50, 50) == 5000
    rank = sign_rank.rank_of_most_matrices(100, 50)
    assert sign_rank.log2_matrices(100, 50, rank) > 2500
    assert rank == 1 or sign_rank.log2_matrices(100, 50, rank - 1) <= 2500
    # v = 292 * 20,000 gives 0.4989e8 and 293 * 20,000 gives 0.5002e8.
    assert sign_rank.rank_of_most_matrices(10_000, 10_000) == 293


def dim_of_margin(num_queries, num_keys, margin):
    """A dimension that suffices if some dimension has this margin, as the docs say."""
    pairs = math.log(4 * num_queries * num_keys)
    return math.floor(2 * pairs / (margin**2 / 2 - margin**3 / 3)) + 1


def test_random_projections_keep_the_signs():
    # Keys are unit vectors, queries all sign vectors: margin 1 / sqrt(6).
    rng = np.random.default_rng(0)
    keys, signs = np.eye(6), np.where(all_subsets(6), 1.0, -1.0)
    margin = 1 / math.sqrt(6)
    dim = dim_of_margin(len(signs), 6, 0.999 * margin)
    kept = 0
    for _ in range(20):
        projection = rng.standard_normal((6, dim)) / math.sqrt(dim)
        scores = (signs * margin @ projection) @ (keys @ projection).T
        kept += bool((np.sign(scores) == signs).all())
    assert kept == 20


def test_no_matrix():
    with pytest.raises(UserError, match=r"got shape \[0, 3\]"):
        sign_rank.spectral_bound(np.zeros((0, 3), np.bool_))
