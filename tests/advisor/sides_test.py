"""Tests of which evidence tells the side that loses, on rows written by hand."""

import pytest

from set_contrastive.advisor import sides
from set_contrastive.advisor.agreement import Agreement

GOOD = Agreement(related=0.3, any_pair=0.0, p=0.001)
DEALT = Agreement(related=0.01, any_pair=0.0, p=0.3)
WEAK = Agreement(related=0.15, any_pair=0.0, p=0.03)


def _row(dim, as_is, queries_free, documents_free, query_head=0.2):
    return {
        "dim": dim,
        "as_is": as_is,
        "query_head": query_head,
        "queries_free": queries_free,
        "documents_free": documents_free,
        "all_free": 1.0,
        "best_possible": 1.0,
    }


FULL = _row(384, 0.2, 1.0, 1.0)


@pytest.mark.parametrize(
    ("queries", "documents", "wanted"),
    [
        (GOOD, DEALT, "document encoder"),
        (DEALT, GOOD, "query encoder"),
        (GOOD, GOOD, None),
        (DEALT, DEALT, None),
        # Not surely dealt at random, or not surely better: too little is known.
        (GOOD, WEAK, None),
        (WEAK, DEALT, None),
        (None, DEALT, None),
        (DEALT, None, None),
    ],
)
def test_the_side_that_does_not_agree_alone_loses(queries, documents, wanted):
    found, reason = sides.told([FULL], lambda dim: False, queries, documents)
    assert found == wanted
    told = "no better than dealt out at random (p = 0.300)" in reason
    assert told is (wanted is not None)
    assert ("cannot tell the two sides apart" in reason) is (wanted is None)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (_row(16, 0.112, 1.0, 0.164), "query encoder"),
        (_row(16, 0.112, 0.164, 1.0), "document encoder"),
        # What the other side recovers may follow from the numbers of either.
        (_row(16, 0.243, 0.822, 1.0), None),
        (_row(16, 0.2, 0.8, 0.3), None),
    ],
)
def test_free_vectors_tell_where_they_do_not_fit_anything(row, wanted):
    rows = [_row(8, 0.1, 1.0, 0.1), row, FULL]
    found, reason = sides.told(rows, lambda dim: dim <= 16, None, None)
    assert found == wanted
    assert "at d = 16" in reason  # The largest such dimension, and no smaller one.
    # Where all dimensions fit anything, none counts.
    assert sides.told(rows, lambda dim: False, None, None)[0] is None


@pytest.mark.parametrize(
    ("head", "mendable"), [(0.19, False), (0.3, False), (0.4, True)]
)
def test_what_is_kept_says_what_a_head_recovers(head, mendable):
    full = FULL | {"query_head": head}
    found = sides.described(False, "why", full, GOOD, None)
    assert found["mendable"] is mendable
    assert found["query_head_recovers"] == pytest.approx(head - 0.2)
    assert found["lost"] == pytest.approx(0.8)
    assert found["queries_agree"] == {"related": 0.3, "any_pair": 0.0, "p": 0.001}
    assert found["documents_agree"] is None
