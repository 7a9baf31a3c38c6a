"""Tests of vectors against the judgements: all that is judged must have one."""

import numpy as np
import pytest

from set_contrastive.advisor import vector_files
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.advisor.vector_files import Vectors
from set_contrastive.base.errors import UserError

JUDGEMENTS = Judgements.of_pairs(
    ["q1", "q1", "q2", "q3"], ["d1", "d2", "d3", "d4"], [1, 0, 1, 1]
)


def _some(ids, width=2, source="some.npz"):
    return Vectors(tuple(ids), np.ones((len(ids), width)), source)


def test_all_that_is_judged_has_a_vector():
    queries = _some(["q9", "q3", "q2", "q1"])
    documents = _some(["d4", "d3", "d2", "d1", "d0"])
    vector_files.matched(JUDGEMENTS, queries, documents)


@pytest.mark.parametrize(
    ("queries", "documents", "said"),
    [
        (
            _some(["q1"]),
            _some(["d1", "d2", "d3", "d4"]),
            "query_vectors must have a vector of each of 3 judged queries, some.npz "
            "has none of 2: 'q2', 'q3'",
        ),
        (
            _some(["q1", "q2", "q3"]),
            _some(["d2", "other"]),
            "document_vectors must have a vector of each of 4 judged documents, "
            "some.npz has none of 3: 'd1', 'd3', 'd4'",
        ),
        (
            _some(["1", "2", "3", "4"]),
            _some(["d1", "d2", "d3", "d4"]),
            "query_vectors must have the ids of the judged queries, such as 'q1', "
            "'q2', 'q3', some.npz has none of them, but such as '1', '2', '3'",
        ),
        (
            _some(["q1", "q2", "q3"]),
            _some(["q1"]),
            "document_vectors must have the ids of the judged documents, such as 'd1', "
            "'d2', 'd3', some.npz has none of them, but such as 'q1'",
        ),
        (
            _some(["q1", "q2", "q3"]),
            _some(["d1", "d2", "d3", "d4"], 3, "other.npz"),
            "query_vectors and document_vectors must have the same dimension, some.npz "
            "has 2, other.npz has 3",
        ),
    ],
)
def test_what_does_not_match(queries, documents, said):
    with pytest.raises(UserError) as caught:
        vector_files.matched(JUDGEMENTS, queries, documents)
    assert str(caught.value) == said
