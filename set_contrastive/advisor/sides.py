"""Which side loses, the queries' vectors or the documents', and whether it can be told.

The ladder of `causes.py` sets the queries free first, so where free queries make up for
everything all of the loss is theirs by convention. With at most `2 d` documents they
always do, whatever the documents are; with at most `2 d` distinct queries so do free
documents (Cover 1965). So the side is *told* only by evidence that could have come out
otherwise:

1. Agreement (`agreement.py`): the vectors of one side agree with the judgements no
   better than dealt out at random (p above 0.01, and nearer by less than a quarter of
   what the other side's are), those of the other do (p of at most 0.002).
2. Free vectors, at the largest dimension at which neither side is so few that it fits
   anything: one side alone makes up for nearly all, the other for less than half.

Neither is a proof. Otherwise the side is not told.
"""

from collections.abc import Callable, Sequence
from typing import Any

from set_contrastive.advisor import verdict
from set_contrastive.advisor.agreement import Agreement

# A p of at most the first is agreement, one above the second is none if what is related
# is nearer by less than a share of what it is nearer by on the other side.
_AGREES, _DEALT, _SHARE = 0.002, 0.01, 0.25
# Shares of the loss that a side makes up for: nearly all, and little.
_ALL, _LITTLE = 0.9, 0.5

Row = dict[str, Any]


def told(
    rows: Sequence[verdict.Row],
    both_count: Callable[[int], bool],
    queries: Agreement | None,
    documents: Agreement | None,
) -> tuple[str | None, str]:
    """Returns the verdict that the evidence gives, None if it gives none, and why.

    Args:
      rows: The rows of `causes`; the full vectors' is the last.
      both_count: Whether, at a dimension, neither queries nor documents are so few that
        they fit anything.
      queries: How the queries' vectors agree with the judgements, if that can be said.
      documents: The same of the documents'.
    """
    if queries is not None and documents is not None:
        if _only_second_agrees(queries, documents):
            return verdict.QUERIES, _dealt("query", queries, "document", documents)
        if _only_second_agrees(documents, queries):
            return verdict.DOCUMENTS, _dealt("document", documents, "query", queries)
    for row in reversed(rows):
        if both_count(row["dim"]):
            return _by_free_vectors(row)
    return None, _alike(rows[-1])


def _only_second_agrees(first: Agreement, second: Agreement) -> bool:
    is_small = first.nearer_by < _SHARE * second.nearer_by
    return first.p > _DEALT and is_small and second.p <= _AGREES


def _dealt(first: str, of_first: Agreement, second: str, of_second: Agreement) -> str:
    return (
        f"the {first} vectors agree with the judgements no better than dealt out at "
        f"random (p = {of_first.p:.3f}), the {second} vectors do "
        f"(p = {of_second.p:.3f})"
    )


def _by_free_vectors(row: verdict.Row) -> tuple[str | None, str]:
    """Returns what a dimension tells at which neither side fits anything."""
    lost = max(row["all_free"] - row["as_is"], 1e-12)
    by_queries = (row["queries_free"] - row["as_is"]) / lost
    by_documents = (row["documents_free"] - row["as_is"]) / lost
    reach = (
        f"at d = {row['dim']}, where neither side is so few that it fits anything, "
        f"free query vectors reach {row['queries_free']:.3f} and free document vectors "
        f"{row['documents_free']:.3f}"
    )
    if by_queries >= _ALL and by_documents < _LITTLE:
        return verdict.QUERIES, reach
    if by_documents >= _ALL and by_queries < _LITTLE:
        return verdict.DOCUMENTS, reach
    return None, _alike(row)


def _alike(row: verdict.Row) -> str:
    return (
        f"free vectors cannot tell the two sides apart: at d = {row['dim']} free query "
        f"vectors reach {row['queries_free']:.3f} and free document vectors "
        f"{row['documents_free']:.3f}"
    )


def described(
    is_told: bool,
    reason: str,
    full: verdict.Row,
    queries: Agreement | None,
    documents: Agreement | None,
) -> Row:
    """Returns what advice.json says of the sides.

    Args:
      is_told: Whether there is evidence for the verdict's side.
      reason: What it is, or why there is none.
      full: The row of `causes` of the full vectors.
      queries: See `told`.
      documents: See `told`.
    """
    lost = full["best_possible"] - full["as_is"]
    recovered = full["query_head"] - full["as_is"]
    return {
        "told": is_told,
        "reason": reason,
        "lost": lost,
        "query_head_recovers": recovered,
        "mendable": recovered >= verdict.GOOD_SHARE * lost,
        "queries_agree": _values(queries),
        "documents_agree": _values(documents),
    }


def _values(found: Agreement | None) -> Row | None:
    if found is None:
        return None
    return {"related": found.related, "any_pair": found.any_pair, "p": found.p}
