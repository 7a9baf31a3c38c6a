"""The figure of what is lost at each dimension, and to what."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib import patches

from set_contrastive.base.figure import Figure
from set_contrastive.reporting.advice_figures import BLUE
from set_contrastive.reporting.advice_figures import GRAY
from set_contrastive.reporting.advice_figures import MOST_TICKS
from set_contrastive.reporting.advice_figures import ORANGE
from set_contrastive.reporting.advice_figures import RED
from set_contrastive.reporting.advice_figures import SIZE

Row = Mapping[str, Any]
Floats = npt.NDArray[np.float64]


def causes(rows: Sequence[Row], measure: str) -> Figure:
    """What is lost at each dimension, as gaps between what is and what could be."""
    names = ("as_is", "queries_free", "all_free", "best_possible")
    levels = np.array([[row[name] for row in rows] for name in names])
    gaps = ("query vectors", "document vectors", "geometry")
    fills = dict(zip(gaps, (BLUE, ORANGE, GRAY), strict=True))
    shown = {
        "best_possible": ("best possible", GRAY, "--"),
        "all_free": ("best of both", ORANGE, "-"),
        "queries_free": ("best query vectors", BLUE, "-"),
        "documents_free": ("best document vectors", RED, ":"),
        "as_is": ("your vectors", None, "-"),
    }

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        edges = np.arange(len(rows) + 1) - 0.5
        ink = matplotlib.rcParams["text.color"]
        top = 1.04 * levels.max() or 1.0
        entries = []
        for gap, low, high in zip(gaps, levels, levels[1:], strict=False):
            high = np.maximum(low, high)
            axes.stairs(
                high, edges, baseline=low, fill=True, color=fills[gap], alpha=0.4, lw=0
            )
            if not _write_inside(axes, gap, low / top, high / top, top):
                entries.append(patches.Patch(color=fills[gap], alpha=0.4, label=gap))
        for name, (label, color, line) in shown.items():
            axes.stairs(
                [row[name] for row in rows],
                edges,
                baseline=None,
                color=color or ink,
                ls=line,
                lw=2.4 if name == "as_is" else 1.6,
                label=label,
            )
        head = [row["query_head"] for row in rows]
        axes.plot(
            head, "D", ms=6, mfc="none", color=ink, label="with a linear query head"
        )
        _ordinal(axes, [row["dim"] for row in rows])
        axes.set_xlim(-0.5, len(rows) - 0.5)
        axes.set_ylim(0, top)
        axes.grid(False, axis="x")
        axes.set_ylabel(measure, parse_math=False)
        axes.set_title("What is lost at each dimension, and to what", fontsize=12)
        entries = [*axes.get_legend_handles_labels()[0], *entries]
        figure.legend(handles=entries, ncols=2, loc="outside lower center", fontsize=9)

    return Figure(
        "causes",
        f"{measure} of your vectors at each dimension d (thick), and what is missing "
        "to the best possible: what other query vectors would find among the same "
        "documents, what other document vectors would add, and what no vectors that "
        "were found reach. Diamonds: a linear map of the queries, held out.",
        draw,
        SIZE,
    )


def _write_inside(
    axes: Any, text: str, low: Floats, high: Floats, scale: float
) -> bool:
    """Writes the name of a gap into its largest free part; returns whether it fits.

    `low` and `high` are shares of the height of the axes, a column for each dimension.
    """
    count = len(low)
    broken = text.replace(" ", "\n")
    for words, turned in ((text, False), (broken, False), (broken, True)):
        parts = words.split("\n")
        width = 0.021 * max(map(len, parts)) + 0.01
        height = 0.075 * len(parts) + 0.01
        if turned:
            width, height = 0.055 * len(parts), 0.036 * max(map(len, parts)) + 0.02
        found = []
        for first, last in itertools.combinations(range(count + 1), 2):
            floor, roof = low[first:last].max(), high[first:last].min()
            if (last - first) / count >= width and roof - floor >= height:
                area = (last - first) * (roof - floor)
                found.append((area, (first + last - 1) / 2, (floor + roof) / 2))
        if found:
            _, x, y = max(found)
            axes.text(
                x,
                y * scale,
                words,
                ha="center",
                va="center",
                fontsize=11,
                weight="bold",
                rotation=90 if turned else 0,
            )
            return True
    return bool((high - low).max() * scale < 0.0005)


def _ordinal(axes: Any, dims: Sequence[int]) -> None:
    """Puts dimensions side by side, with as many names as there is room for."""
    step = -(-len(dims) // MOST_TICKS)
    places = range((len(dims) - 1) % step, len(dims), step)
    axes.set_xticks(list(places), [str(dims[place]) for place in places])
    axes.set_xlabel("dimension d")
