"""The picture of a game's subsets by number of pairs."""

import math
from typing import Any

from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.theory.counting import kinds


def figures(result: Result) -> list[Figure]:
    """Returns the picture of a table."""
    rows = result.rows
    # Every row says which share of all subsets its number is.
    all_log2 = _log2_all(rows[0])

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for place, (kind, (style, color)) in enumerate(kinds.MARKS.items()):
            chosen = [row for row in rows if row["kind"] == kind]
            if not chosen:
                continue
            # Side by side, so that none hides another.
            at = [(row.get("pairs") or 1) + 0.07 * place for row in chosen]
            values = [row["subsets"] for row in chosen]
            spans = [_span(row) for row in chosen]
            below, above = zip(*spans, strict=True)
            axes.errorbar(
                at, values, (below, above), fmt=style, ms=5, color=color, label=kind
            )
        axes.set_yscale("log", base=2)
        axes.axhline(2.0**all_log2, ls=":", color="#878787")
        axes.annotate(
            f"all $2^{{{all_log2:.0f}}} - 1$",
            (0.02, 2.0**all_log2),
            xycoords=("axes fraction", "data"),
            va="bottom",
            fontsize=8,
        )
        axes.set_ylim(1, 2.0 ** (1.1 * all_log2))
        axes.set_xticks(sorted({row.get("pairs") or 1 for row in rows}))
        axes.set_xlabel("number of pairs of a query")
        axes.set_ylabel("distinct key subsets")
        figure.legend(ncols=2, loc="outside lower center")

    return [
        Figure(
            result.name,
            f"{result.title}, by number of pairs. Estimates with their 95 % "
            "confidence intervals.",
            draw,
        )
    ]


def _span(row: dict[str, Any]) -> tuple[float, float]:
    """Returns how far a row's interval reaches below and above its number."""
    if row.get("low") is None:
        return 0.0, 0.0
    return row["subsets"] - row["low"], row["high"] - row["subsets"]


def _log2_all(row: dict[str, Any]) -> float:
    """Returns log2 of the number of all subsets."""
    return float(row["log2_subsets"] - math.log2(row["share_of_all"]))
