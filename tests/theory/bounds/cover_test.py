"""Counting bounds against numbers by hand and against linear programs."""

import itertools

import numpy as np
import pytest
from scipy import optimize

from set_contrastive.base.errors import UserError
from set_contrastive.theory.bounds import cover


def is_strict(rows):
    """Whether some w has w . row > 0 for all rows: whether its margin is positive."""
    bounds = [(-1, 1)] * rows.shape[1] + [(None, 1)]
    table = np.column_stack([-rows, np.ones(len(rows))])
    goal = [0] * rows.shape[1] + [-1]
    found = optimize.linprog(goal, table, np.zeros(len(rows)), bounds=bounds)
    return -found.fun > 1e-9


def count(vectors, fixed=None):
    """Number of sign patterns of w . vector, where w's entry `fixed` is positive."""
    positive = np.zeros((int(fixed is not None), vectors.shape[1]))
    if fixed is not None:
        positive[0, fixed] = 1
    return sum(
        is_strict(np.vstack([np.array(signs)[:, None] * vectors, positive]))
        for signs in itertools.product((-1, 1), repeat=len(vectors))
    )


CASES = [(num_keys, dim) for num_keys in (3, 5, 6) for dim in (1, 2, 3)]


@pytest.mark.parametrize(("num_keys", "dim"), CASES)
def test_keys_in_general_position_reach_the_bounds(num_keys, dim):
    rng = np.random.default_rng(num_keys * 10 + dim)
    keys = rng.standard_normal((num_keys, dim))
    ones, bias = np.ones((num_keys, 1)), rng.standard_normal((num_keys, 1))
    assert count(keys) == cover.fixed_threshold(num_keys, dim)
    assert count(np.hstack([keys, ones])) == cover.retrieval(num_keys, dim)
    # The query's coordinate that meets the bias is 1, and so positive.
    lifted = np.hstack([keys, ones, bias])
    with_bias = cover.retrieval_with_key_bias(num_keys, dim)
    assert count(lifted, fixed=dim + 1) == with_bias


def test_keys_in_special_position_stay_below():
    square = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    found = count(np.hstack([square, np.ones((4, 1))]))
    assert found == cover.retrieval(4, 2) == 14  # All but the two diagonals.
    line = np.hstack([np.arange(4.0)[:, None], np.zeros((4, 1)), np.ones((4, 1))])
    assert count(line) == 8 < 14


def test_by_hand():
    assert [cover.fixed_threshold(4, d) for d in (1, 2, 3, 4, 5)] == [2, 8, 14, 16, 16]
    # On a line K keys have 2 K ways to be cut, each end first.
    assert [cover.retrieval(k, 1) for k in (1, 2, 3, 27)] == [2, 4, 6, 54]
    # 1 + 27 + 351 regions of the plane (q, t).
    assert cover.retrieval_with_key_bias(27, 1) == 379
    assert cover.retrieval(27, 25) == 2**27 - 2
    assert cover.retrieval_with_key_bias(27, 25) == 2**27 - 1
    assert cover.retrieval(27, 26) == cover.retrieval_with_key_bias(27, 26) == 2**27


@pytest.mark.parametrize("num_keys", [2, 5, 27, 81])
def test_all_subsets_need_one_dimension_less_than_keys(num_keys):
    for key_bias in (False, True):
        assert cover.least_dim(2**num_keys - 1, num_keys, key_bias) == num_keys - 1


def test_a_key_bias_is_worth_less_than_a_dimension():
    for num_keys in (3, 10, 27):
        for dim in range(1, num_keys + 1):
            biased = cover.retrieval_with_key_bias(num_keys, dim)
            assert cover.retrieval(num_keys, dim) <= biased
            assert biased <= cover.retrieval(num_keys, dim + 1)


def test_shares():
    assert cover.share(13, 4, 2) == 1
    assert cover.share(15, 4, 2) == pytest.approx(13 / 15)
    assert cover.share(15, 4, 2, key_bias=True) == pytest.approx(14 / 15)
    assert cover.least_dim(13, 4) == 2
    assert cover.least_dim(14, 4) == 3


@pytest.mark.parametrize("dim", [0, -3])
def test_a_dimension_below_one_is_refused(dim):
    for bound in (
        cover.fixed_threshold,
        cover.retrieval,
        cover.retrieval_with_key_bias,
    ):
        with pytest.raises(UserError, match=f"d must be at least 1, got {dim}"):
            bound(5, dim)


def test_other_bad_input():
    with pytest.raises(UserError, match="num_keys must be at least 1, got 0"):
        cover.retrieval(0, 1)
    with pytest.raises(UserError, match=r"1 to 2\^4 - 1, got 16"):
        cover.least_dim(16, 4)
