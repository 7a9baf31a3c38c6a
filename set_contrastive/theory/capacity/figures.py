"""The pictures of what d dimensions can retrieve, at best."""

from typing import Any

from set_contrastive.base.figure import Figure
from set_contrastive.theory.result import Result

_SERIES = {
    "log2_fixed": ("threshold 0 for all queries", ":", "#878787"),
    "log2_retrieval": ("ranking", "-", "#4aa3df"),
    "log2_key_bias": ("ranking, bias per key", "--", "#d95f02"),
}


def figures(result: Result) -> list[Figure]:
    """Returns the picture of a table of `report.result`."""
    rows, settings = result.rows, result.settings
    dims = [row["d"] for row in rows]

    def draw(figure: Any) -> None:
        counts, shares = figure.subplots(1, 2)
        for name, (label, line, color) in _SERIES.items():
            values = [row[name] for row in rows]
            counts.plot(dims, values, line, marker=".", color=color, label=label)
        wanted = settings["log2_subsets"]
        counts.axhline(wanted, color="#1a9850", lw=1, label="subsets of the game")
        counts.set_ylabel("log2 of the number of subsets")
        for name, of in (
            ("share", "log2_retrieval"),
            ("share_key_bias", "log2_key_bias"),
        ):
            _, line, color = _SERIES[of]
            values = [row[name] for row in rows]
            shares.plot(dims, values, line, marker=".", color=color)
        shares.set_yscale("log")
        shares.set_ylabel("largest share of the game's subsets")
        for axes in (counts, shares):
            axes.set_xlabel("dimension d")
        figure.legend(ncols=4, loc="outside lower center")

    return [
        Figure(
            result.name,
            f"{result.title}: how many subsets a dot product can put first at best "
            "(left), and so the largest share of the game's subsets (right).",
            draw,
            (8.4, 3.8),
        )
    ]
