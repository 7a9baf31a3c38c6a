"""What the numbers say: what limits the encoder, and what to store."""

from collections.abc import Mapping, Sequence
from typing import Any

GEOMETRY = "geometry"
DOCUMENTS = "document encoder"
QUERIES = "query encoder"
NONE = "none"
CANNOT_TELL = "judgements cannot tell"

Row = Mapping[str, Any]


def informative(upper: int, max_relevant: int) -> tuple[bool, str]:
    """Returns whether judgements can reveal a limit of the dimension, and why.

    Args:
      upper: A dimension that retrieves all of them.
      max_relevant: The most columns that are relevant to one row.
    """
    if max_relevant <= 1:
        return False, (
            "these judgements cannot reveal a limit of the dimension: no query shares "
            "a part of its documents with another, which vectors on a circle, of 2 "
            "dimensions, can always rank first"
        )
    if upper <= 2:
        return False, (
            "these judgements cannot reveal a limit of the dimension: 2 dimensions "
            "rank all relevant documents first, whatever the truth is"
        )
    return True, (
        f"queries share parts of their documents, up to {max_relevant} of them a query"
    )


def limiting(cause: Row, tolerance: float, both_count: bool) -> str:
    """Returns what limits an encoder at a dimension.

    By what is gained when queries are free and then documents are, too (causes.py). A
    document encoder may be at fault although free queries would make up for most of it;
    so where neither side can fit anything at all, the side that gains more when it
    alone is free has the fault (the Shapley values of the two differ by just that).
    Where both gain the same, it is the one whose KL is smaller when it is free.

    Args:
      cause: The row of the dimension.
      tolerance: Loss that is none.
      both_count: Whether there are more than `2 d` queries and documents, so that
        neither side, being free, can fit whatever is asked for (Cover 1965).
    """
    lost = cause["best_possible"] - cause["as_is"]
    if lost <= tolerance:
        return NONE
    geometry = cause["best_possible"] - cause["all_free"]
    documents = cause["all_free"] - cause["queries_free"]
    queries = cause["queries_free"] - cause["as_is"]
    if both_count:
        difference = cause["documents_free"] - cause["queries_free"]
        if abs(difference) <= tolerance:
            smaller = cause["documents_free_kl"] < cause["queries_free_kl"]
            difference = tolerance if smaller else -tolerance
        both = documents + queries
        documents, queries = (both + difference) / 2, (both - difference) / 2
    parts = {QUERIES: queries, DOCUMENTS: documents, GEOMETRY: geometry}
    return max(parts, key=lambda name: parts[name])


def recommended(rows: Sequence[Row], tolerance: float) -> dict[str, Any]:
    """Returns the row of fewest bytes that loses no more than the tolerance.

    The upper end of the loss's interval counts, not its mean. Of equal bytes, what was
    not learned comes first, then the larger value.

    Args:
      rows: Rows of `yours`; the full vectors among them, which lose nothing.
      tolerance: Loss of the measure that may be.
    """
    kept = [row for row in rows if row["loss_high"] <= tolerance]
    best = min(
        kept,
        key=lambda row: (
            row["bytes_per_document"],
            row["reduction"] == "learned",
            -row["value"],
        ),
    )
    return {
        "reduction": best["reduction"],
        "dim": best["dim"],
        "precision": best["precision"],
        "bytes_per_million": 1_000_000 * best["bytes_per_document"],
        **{name: best[name] for name in ("value", "low", "high", "loss", "loss_high")},
    }


def next_step(verdict: str, cause: Row | None, gain: Row | None) -> str:
    """Returns the next thing to do, in plain words that follow from the numbers.

    Args:
      verdict: What limits the encoder.
      cause: Row of the full vectors, if there are vectors.
      gain: What a reranker adds, if there is one: `gain`, `low` and `high`; None
        without vectors to compare it with.
    """
    if verdict == CANNOT_TELL:
        words = "judge more than one document for queries that share documents"
    elif cause is None:
        words = "give the vectors of an encoder to see what it loses, and where"
    elif verdict == NONE:
        words = "keep the encoder: nothing that was looked at limits it"
    elif verdict == GEOMETRY:
        words = "more dimensions: no vectors that were found do better in these"
    elif verdict == DOCUMENTS:
        words = "train the document encoder: its vectors hold back any query"
    else:
        words = (
            "train the query encoder: other query vectors would find what these miss, "
            "more dimensions would not help"
        )
    if cause is not None and verdict in (QUERIES, DOCUMENTS):
        head = cause["query_head"] - cause["as_is"]
        if head > 0.1 * (cause["best_possible"] - cause["as_is"]):
            words += f"; a linear map of the queries alone recovers {head:.3f}"
    if gain is not None and gain["gain"] is not None:
        worth = "is worth its price" if gain["low"] > 0 else "does not show a gain"
        words += f"; the reranker {worth} ({gain['gain']:+.3f})"
    return words
