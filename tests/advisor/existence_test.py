import itertools

import numpy as np
import pytest

from set_contrastive.advisor import existence
from set_contrastive.advisor import relation
from tests.advisor.relations import judged


def _retrieves(witness, mask):
    """Whether each row's columns score above all others, query by query."""
    for vector, row in zip(witness.rows, mask, strict=True):
        scores = [float(np.dot(vector, column)) for column in witness.columns]
        inside = [s for s, is_in in zip(scores, row, strict=True) if is_in]
        outside = [s for s, is_in in zip(scores, row, strict=True) if not is_in]
        if outside and min(inside) <= max(outside):
            return False
    return True


def _pairs(count):
    return list(itertools.combinations(range(count), 2))


@pytest.mark.parametrize(
    ("sets", "lower", "upper"),
    [
        (_pairs(20), 4, 4),
        ([{i} for i in range(20)], 2, 2),
        ([{i, i + 1, i + 2} for i in range(0, 30, 3)], 2, 2),  # Ten columns.
        (_pairs(5), 3, 4),
        ([{0, 1}, {0, 1, 2}, {0}], 1, 2),
    ],
)
def test_bounds_and_a_witness_that_scores(sets, lower, upper):
    reduced = relation.reduce(judged(sets))
    found = existence.of_reduced(reduced)
    assert found.lower == lower
    assert found.lower <= found.upper <= upper
    assert found.witness is not None
    assert found.witness.dim == found.upper
    assert _retrieves(found.witness, reduced.mask())


def test_rows_of_nearly_all_documents_take_the_opposite_of_the_others():
    everything = set(range(12))
    reduced = relation.reduce(judged([everything - {i} for i in range(12)]))
    found = existence.of_reduced(reduced)
    assert found.upper == 2
    assert _retrieves(found.witness, reduced.mask())


def test_all_documents_relevant_to_all_queries():
    found = existence.of_reduced(relation.reduce(judged([{0, 1}, {0, 1}])))
    assert (found.lower, found.upper) == (1, 1)
    assert found.witness is not None


def test_search_finds_fewer_dimensions_than_constructions_give():
    # Points of a plane, and what half-planes pick: up to 7 of 14 points at once.
    rng = np.random.default_rng(3)
    points = rng.standard_normal((14, 2))
    scores = rng.standard_normal((60, 2)) @ points.T
    order = np.argsort(-scores, axis=1)
    sizes = rng.integers(2, 8, 60)
    sets = [set(row[:size].tolist()) for row, size in zip(order, sizes, strict=True)]
    reduced = relation.reduce(judged(sets))
    found = existence.of_reduced(reduced)
    assert reduced.max_relevant >= 6
    assert found.upper < 12
    assert found.upper_reason.startswith("search")
    assert _retrieves(found.witness, reduced.mask())


def test_what_may_be_ranked_anywhere_needs_nothing():
    found = existence.of_reduced(relation.reduce(judged(_pairs(8))), True)
    assert found.lower == 1


def test_a_better_witness_takes_its_place():
    reduced = relation.reduce(judged(_pairs(5)))
    found = existence.of_reduced(reduced)
    better = existence.Witness("by hand", np.ones((1, 1)), np.ones((1, 1)))
    improved = found.improved(better)
    assert improved.upper == 1
    assert improved.upper_reason == "by hand, scored again"
    assert improved.lower == found.lower
