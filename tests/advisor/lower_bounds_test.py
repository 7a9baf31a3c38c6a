import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from scipy import optimize

from set_contrastive.advisor import lower_bounds


def all_subsets_of_size(count, size):
    rows = itertools.combinations(range(count), size)
    return np.array([[k in row for k in range(count)] for row in rows])


@pytest.mark.parametrize(
    ("count", "size", "least"),
    [(3, 1, 2), (12, 1, 2), (6, 2, 4), (10, 2, 4), (5, 2, 3), (9, 3, 6)],
)
def test_all_subsets_of_a_size_need_what_radon_says(count, size, least):
    bound, reason = lower_bounds.of_relation(all_subsets_of_size(count, size))
    assert bound == least
    assert f"every {size} of" in reason


def test_all_subsets_need_one_dimension_less_than_columns():
    mask = np.array(list(itertools.product([False, True], repeat=6)))[1:]
    bound, reason = lower_bounds.of_relation(mask)
    assert bound >= 5  # Half-spaces of R^4 do not shatter 6 points.
    assert "6 documents" in reason or "every 2 of 6" in reason


def test_one_document_for_each_query_needs_no_more_than_a_circle():
    assert lower_bounds.of_relation(np.eye(30, dtype=bool))[0] == 2


def test_a_row_of_all_columns_asks_for_nothing():
    assert lower_bounds.of_relation(np.ones((2, 3), bool))[0] == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_a_bound_is_never_above_a_dimension_that_suffices(seed, dim):
    # Points of R^d and the subsets that thresholds along random directions pick.
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((8, dim))
    scores = rng.standard_normal((200, dim)) @ points.T
    sizes = rng.integers(1, 8, 200)
    mask = scores >= -np.sort(-scores, axis=1)[np.arange(200), sizes - 1][:, None]
    bound, reason = lower_bounds.of_relation(np.unique(mask, axis=0))
    assert bound <= dim, reason


def test_shattered_columns_show_all_patterns():
    rng = np.random.default_rng(0)
    mask = rng.random((500, 20)) < 0.4
    chosen = lower_bounds.shattered_columns(mask)
    assert len(chosen) >= 4
    patterns = {tuple(row) for row in mask[:, chosen]}
    patterns |= {(False,) * len(chosen), (True,) * len(chosen)}
    assert patterns == set(itertools.product([False, True], repeat=len(chosen)))


def test_subsets_are_checked_by_linear_programs():
    # Pairs of 5 points of a plane cannot all be cut off by lines: so 3 is needed.
    mask = all_subsets_of_size(5, 2)
    rng = np.random.default_rng(1)
    for _ in range(20):
        points = rng.standard_normal((5, 2))
        assert not all(_is_cut_off(points, row) for row in mask)


def _is_cut_off(points, inside):
    """Whether a line parts the points, by a linear program of SciPy."""
    signs = np.where(inside, -1.0, 1.0)[:, None]
    rows = signs * np.column_stack([points, np.ones(len(points))])
    found = optimize.linprog(
        np.zeros(3), rows, -np.ones(len(points)), bounds=(None, None)
    )
    return found.status == 0
