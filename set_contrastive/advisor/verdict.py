"""What the numbers say: what limits the encoder, and what to store."""

from collections.abc import Mapping, Sequence
from typing import Any

GEOMETRY = "geometry"
DOCUMENTS = "document encoder"
QUERIES = "query encoder"
NONE = "none"
UNTOLD = "not told"
CANNOT_TELL = "judgements cannot tell"

# What another ranking is beside the vectors.
BETTER, WORSE, NO_DIFFERENCE = "better", "worse", "no difference shown"

# A linear head that recovers so much of the loss mends a good part of it.
GOOD_SHARE = 0.25

Row = Mapping[str, Any]


def informative(upper: int, most_columns: int, most_documents: int) -> tuple[bool, str]:
    """Returns whether judgements can reveal a limit of the dimension, and why.

    Args:
      upper: A dimension that retrieves all of them.
      most_columns: The most distinct columns that are relevant to one query.
      most_documents: The most documents that are relevant to one query.
    """
    if most_columns <= 1:
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
        "queries share parts of their documents; a query has up to "
        f"{most_documents:,} relevant documents in {most_columns:,} distinct columns"
    )


def limiting(cause: Row, tolerance: float, both_count: bool) -> str:
    """Returns what limits an encoder at a dimension.

    By what is gained when queries are free and then documents are, too (causes.py). A
    document encoder may be at fault although free queries would make up for most of it;
    so where neither side can fit anything at all, the side that gains more when it
    alone is free has the fault (the Shapley values of the two differ by just that).
    Where both gain the same, it is the one whose KL is smaller when it is free. Whether
    there is evidence for the side is another question (sides.py). Geometry is named
    only where what all free vectors miss is told to be its (answers.py).

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
    largest = max(parts, key=lambda name: parts[name])
    is_told = largest != GEOMETRY or cause["geometry_told"]
    return largest if is_told else UNTOLD


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


def next_step(
    verdict: str, cause: Row | None, gain: Row | None, sides: Row | None = None
) -> str:
    """Returns the next thing to do, in plain words that follow from the numbers.

    Args:
      verdict: What limits the encoder.
      cause: Row of the full vectors, if there are vectors.
      gain: What the ranking of `runs` adds, if there is one: `difference`, `gain`,
        `low` and `high`, None without vectors to compare it with; `queries_ranked` of
        `queries`.
      sides: What is known of the side that loses (sides.py), where one does.
    """
    if verdict == CANNOT_TELL:
        words = "judge more than one document for queries that share documents"
    elif cause is None:
        words = "give the vectors of an encoder to see what it loses, and where"
    elif verdict == NONE:
        words = "keep the encoder: nothing that was looked at limits it"
    elif verdict == UNTOLD:
        words = (
            "ask by a measure of relevant or not, such as R@10, whether the dimension "
            "limits: free vectors are not fitted to grades"
        )
    elif verdict == GEOMETRY:
        words = "more dimensions: no vectors that were found do better in these"
    else:
        words = _of_encoder(verdict, cause, sides)
    if gain is not None and gain["gain"] is not None:
        interval = f"{gain['gain']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"
        words += {
            BETTER: "; the ranking of --runs is better, which is what its price buys: ",
            WORSE: "; the ranking of --runs is worse: ",
            NO_DIFFERENCE: "; no difference to the ranking of --runs is shown: ",
        }[gain["difference"]]
        words += interval + _unranked(gain)
    return words


def _unranked(gain: Row) -> str:
    """Returns that another ranking lacks queries, where it does: these count as 0."""
    ranked, queries = gain["queries_ranked"], gain["queries"]
    if ranked == queries:
        return ""
    return f", though it ranks {ranked:,} of {queries:,} queries; others count as 0"


def _of_encoder(verdict: str, cause: Row, sides: Row | None) -> str:
    """Returns what to do where an encoder loses."""
    head = cause["query_head"] - cause["as_is"]
    lost = cause["best_possible"] - cause["as_is"]
    if sides is not None and not sides["told"]:
        if head >= GOOD_SHARE * lost:
            return (
                "put a linear map on the queries, which is cheap: held out, it "
                f"recovers {head:.3f} of the {lost:.3f} that is lost, whichever side "
                "loses it"
            )
        return (
            "train both encoders or judge more queries: which side loses cannot be "
            "told from these judgements, and more dimensions would not help"
        )
    if verdict == DOCUMENTS:
        words = "train the document encoder: its vectors hold back any query"
    else:
        words = (
            "train the query encoder: other query vectors would find what these miss, "
            "more dimensions would not help"
        )
    if head > 0.1 * lost:
        words += f"; a linear map of the queries alone recovers {head:.3f}"
    return words


def difference(low: float, high: float) -> str:
    """Returns what the interval of a difference shows, from the vectors' side."""
    if low > 0:
        return BETTER
    return WORSE if high < 0 else NO_DIFFERENCE
