import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from set_contrastive.advisor import relation
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.base.errors import UserError
from tests.advisor.relations import judged

SETS = st.lists(
    st.sets(st.integers(0, 7), min_size=1, max_size=5), min_size=1, max_size=12
)


@given(SETS, st.integers(0, 4))
def test_rows_and_columns_are_the_distinct_sets(sets, others):
    judgements = judged(sets)
    known = len(judgements.document_ids)
    reduced = relation.reduce(judgements, known + others)

    # By sets of Python: which documents each query has, which queries each document.
    asked_by = {d: frozenset(i for i, s in enumerate(sets) if d in s) for d in range(8)}
    used = {d for found in sets for d in found}
    columns = {asked_by[d] for d in used}
    rows = {frozenset(asked_by[d] for d in found) for found in sets}
    assert reduced.num_rows == len(rows)
    assert reduced.num_columns == len(columns) + bool(others)
    assert reduced.weights.sum() == len(sets)
    assert reduced.sizes.sum() == known + others
    mask = reduced.mask()
    for i, found in enumerate(sets):
        for j, name in enumerate(judgements.document_ids):
            place = reduced.row_of_query[i], reduced.column_of_document[j]
            assert mask[place] == (int(name[1:]) in found)


def test_documents_that_are_never_relevant_are_one_column():
    # d9 is judged, as not relevant; three documents are not judged at all.
    judgements = Judgements.of_pairs(["q0", "q0", "q1"], ["d0", "d9", "d1"], [1, 0, 1])
    reduced = relation.reduce(judgements, 6)
    assert reduced.num_columns == 3
    assert sorted(reduced.sizes.tolist()) == [1, 1, 4]
    assert reduced.sizes[reduced.never_relevant] == 4
    assert not reduced.mask()[:, reduced.never_relevant].any()


def test_limit_with_50_000_documents_has_47_columns():
    pairs = [(i, j) for i in range(46) for j in range(i)][:1000]
    reduced = relation.reduce(judged(pairs), 50_000)
    assert (reduced.num_rows, reduced.num_columns) == (1000, 47)
    assert reduced.max_relevant == 2


def test_queries_without_a_relevant_document_are_left_out():
    judgements = Judgements.of_pairs(["a", "b", "c"], ["x", "y", "z"], [2, 1, 2], 2)
    assert judgements.query_ids == ("a", "c")
    assert judgements.document_ids == ("x", "y", "z")
    assert judgements.relation().toarray().tolist() == [
        [True, False, False],
        [False, False, True],
    ]


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ((["a", "a"], ["x", "x"], [1, 0]), "judge a pair once, 1 are.*such as a x"),
        ((["a", "b"], ["x", "x"], [0, -1]), "none of 2 has a grade of at least"),
    ],
)
def test_bad_pairs_are_told(pairs, said):
    with pytest.raises(UserError, match=said):
        Judgements.of_pairs(*pairs)


def test_part_holds_the_pairs_of_its_queries():
    judgements = judged([{0, 1}, {2}, {1, 3}])
    part = judgements.part(np.array([0, 2]))
    assert part.query_ids == ("q0", "q2")
    relevant = part.relation().toarray()
    names = [{part.document_ids[j] for j in np.flatnonzero(row)} for row in relevant]
    assert names == [{"d0", "d1"}, {"d1", "d3"}]
