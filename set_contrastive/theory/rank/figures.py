"""The picture of ranks and of the dimensions that retrieval needs."""

from typing import Any

import numpy as np

from set_contrastive.base.figure import Figure
from set_contrastive.theory.result import Result

_SERIES = {
    "rank": ("rank", "#878787"),
    "smallest_d_squared": ("smallest d, squared error", "#7b3294"),
    "smallest_d_softmax": ("smallest d found, softmax loss", "#d95f02"),
    "smallest_d_ranking": ("smallest d found, ranking loss", "#4aa3df"),
}


def figures(result: Result) -> list[Figure]:
    """Returns the picture of a table of `report.of_decks` or `report.of_game`."""
    rows = result.rows
    series = {name: s for name, s in _SERIES.items() if name in rows[0]}

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        width = 0.8 / len(series)
        for place, (name, (label, color)) in enumerate(series.items()):
            at = np.arange(len(rows)) + (place - (len(series) - 1) / 2) * width
            values = [row[name] for row in rows]
            bars = axes.bar(at, values, 0.92 * width, color=color, label=label)
            axes.bar_label(bars, fontsize=7, padding=1)
        axes.set_xticks(range(len(rows)), [_label(row) for row in rows], fontsize=8)
        axes.set_ylabel("dimension")
        axes.set_yscale("log", base=2)
        axes.yaxis.set_major_formatter("{x:.0f}")
        axes.set_ylim(1)
        axes.margins(y=0.12)
        axes.grid(False, axis="x")
        figure.legend(ncols=2, loc="outside lower center")

    return [
        Figure(
            result.name,
            f"{result.title}. The rank suffices; the smallest d found is an upper "
            "bound of what ranking the subset's keys first needs.",
            draw,
            (7.2, 4.2),
        )
    ]


def _label(row: dict[str, Any]) -> str:
    """Returns the text under a row's bars."""
    if "game" in row:
        return str(row["game"])
    return f"{row['attributes']} x {row['values']}\n{row['keys']} keys"
