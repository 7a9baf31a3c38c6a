"""The sentences of an advice's page that follow from numbers."""

from collections.abc import Mapping
from typing import Any

from set_contrastive.reporting import advice_tables

Row = Mapping[str, Any]

# Of free vectors, where the measure tells grades apart.
_UNTOLD = (
    " What geometry is said to take may be training’s: c is fitted to relevant or not, "
    "not to grades."
)


def lost(full: Row, measure: str) -> str:
    """Returns what the full vectors lose, setting queries free before documents."""
    total = full["best_possible"] - full["as_is"]
    return (
        f"At d = {full['dim']} your vectors miss {total:.3f} of {measure}: "
        + ", ".join(
            f"{part:.3f} to {name}" for name, part in advice_tables.losses(full).items()
        )
        + ", if query vectors are set free first."
        + ("" if full.get("geometry_told", True) else _UNTOLD)
    )


def sides(found: Row | None) -> str:
    """Returns whether it is told which encoder loses, and how."""
    if not found:
        return ""
    if found["told"]:
        return f"Which side loses is told: {found['reason']}."
    return (
        f"Which side loses is not told: {found['reason']}. The verdict’s side is a "
        "convention. A linear map of the queries, learned on other queries, recovers "
        f"{max(found['query_head_recovers'], 0):.3f} of the {found['lost']:.3f} that "
        "is lost"
        + (", so the query side can be mended cheaply." if found["mendable"] else ".")
    )


def runs(found: Row | None, measure: str) -> str:
    """Returns how the ranking of `--runs` compares with the vectors."""
    if not found:
        return ""
    text = (
        f"The ranking of --runs has {measure} {found['value']:.3f} "
        f"[{found['low_value']:.3f}, {found['high_value']:.3f}]"
    )
    # Answers of before do not say how many.
    if found.get("queries_ranked", 0) < found.get("queries", 0):
        text += (
            f", though it ranks {found['queries_ranked']:,} of {found['queries']:,} "
            "queries, and others count as 0"
        )
    if found["gain"] is None:
        return f"{text}; what it adds is unknown without vectors."
    shown = "no difference is shown"
    if found["low"] > 0:
        shown = (
            "it is better than they are: if a reranker made it, that is what its price "
            "buys"
        )
    elif found["high"] < 0:
        shown = "it is worse than they are"
    return (
        f"{text}: {found['gain']:+.3f} beside the full vectors, 95\u00a0% interval "
        f"{found['low']:+.3f} to {found['high']:+.3f}, so {shown}. These are "
        "estimates, paired by query."
    )


def exists(found: Row) -> list[str]:
    """Returns what is known of the least dimension."""
    lines = [
        f"At least {found['lower']:,} (exact): {found['lower_reason']}.",
        f"At most {found['upper']:,} (free vectors are known, fitted to these very "
        f"queries): {found['upper_reason']}.",
    ]
    if found["witness"] is None:
        lines.append("Such vectors are too many to be written; none were scored again.")
    else:
        share = "all" if found["recall"] == 1 else f"{found['recall']:.4f}"
        lines.append(
            f"Such vectors are in {found['witness']}; scored again, they rank {share} "
            "of the relevant documents first, with a smallest gap of "
            f"{advice_tables.gap(found['min_gap'])}."
        )
    lines.append(
        "A gap that does not shrink asks for an order of k log(n / k) = "
        f"{found['k_log_n_over_k']:.1f} dimensions (arXiv 2605.23556; without its "
        "constant, so no bound)."
    )
    return lines


def left_out(judged: Row) -> str:
    """Returns how many queries do not count, if any."""
    count = judged.get("queries_left_out", 0)  # Answers of before do not say.
    if not count:
        return ""
    return (
        f" {count:,} more queries were judged and have no relevant document: they are "
        "left out of everything, means included."
    )


def sampled(judged: Row) -> str:
    """Returns what follows from some queries only, if anything does."""
    if judged["trained_queries"] >= judged["queries"]:
        return ""
    return (
        " Precisions, training and causes are those of "
        f"{judged['trained_queries']:,} queries that were drawn from them, for time. "
        "Both bounds hold for all queries; trained vectors do not lower the upper one."
    )
