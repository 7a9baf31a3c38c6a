"""The figures of an advice; that of the causes has a file of its own."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib import lines
from matplotlib import patches

from set_contrastive.base.figure import Figure

Row = Mapping[str, Any]

# Apart from each other for any kind of colour blindness, on white and on black.
BLUE, ORANGE, GRAY = "#4aa3df", "#e69f00", "#878787"
PURPLE, GREEN, RED = "#cc79a7", "#009e73", "#d55e00"
_REDUCTIONS = {"prefix": ORANGE, "random": GRAY, "pca": BLUE, "learned": PURPLE}
_MARKERS = {"float32": "o", "float16": "s", "bfloat16": "v", "int8": "D", "binary": "^"}
_PRECISIONS = {"float32": BLUE, "float16": ORANGE, "bfloat16": GREEN}
_PRECISIONS |= {"int8": PURPLE, "binary": RED}
_OBJECTIVES = {"softmax": (BLUE, "o"), "sigmoid": (ORANGE, "s")}
_OBJECTIVES |= {"infonce": (GREEN, "D")}
SIZE = (5.4, 4.3)  # So that letters can be read on a phone.
MOST_TICKS = 12


def stored(
    rows: Sequence[Row],
    recommended: Row | None,
    tolerance: float | None,
    measure: str,
) -> Figure:
    """The measure against bytes a document: colour is reduction, marker precision."""
    full = next(
        r["value"]
        for r in rows
        if (r["reduction"], r["precision"]) == ("none", "float32")
    )

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        ink = matplotlib.rcParams["text.color"]
        axes.axhline(full, ls="--", lw=1.2, color=ink)
        entries: list[Any] = [
            lines.Line2D([], [], ls="--", color=ink, label="full vectors")
        ]
        if tolerance:
            axes.axhspan(full - tolerance, full, color=GREEN, alpha=0.25, lw=0)
            label = f"within {tolerance:g} of them"
            entries.append(patches.Patch(color=GREEN, alpha=0.25, label=label))
        for reduction, color in {"none": ink, **_REDUCTIONS}.items():
            mine = [row for row in rows if row["reduction"] == reduction]
            if not mine:
                continue
            _draw_reduction(axes, mine, color)
            entries.append(lines.Line2D([], [], color=color, label=_named(reduction)))
        for precision in dict.fromkeys(row["precision"] for row in rows):
            marker = _MARKERS[precision]
            entries.append(
                lines.Line2D([], [], ls="", marker=marker, color=ink, label=precision)
            )
        axes.set_xscale("log", base=2)
        sizes = [row["bytes_per_document"] for row in rows]
        ticks(axes, [2**power for power in range(40)], min(sizes), max(sizes))
        if recommended is not None:
            _mark_recommended(axes, recommended, ink)
        axes.set_xlabel("bytes a document (log scale)")
        axes.set_ylabel(measure, parse_math=False)
        figure.legend(handles=entries, ncols=3, loc="outside lower center", fontsize=9)

    return Figure(
        "stored",
        f"{measure} on held-out queries against the bytes that a document takes. A "
        "line is the best that a reduction gets for so many bytes, whatever the "
        "precision; the ring is what is recommended. Not every point of the band "
        "qualifies: all of the interval of its loss must lie within the tolerance.",
        draw,
        SIZE,
    )


def _draw_reduction(axes: Any, rows: Sequence[Row], color: Any) -> None:
    """Draws a marker for each precision, and the best for so many bytes as a line."""
    best: dict[int, float] = {}
    for row in rows:
        size = row["bytes_per_document"]
        axes.plot(
            size,
            row["value"],
            _MARKERS[row["precision"]],
            color=color,
            ms=4.5,
            alpha=0.75,
            mew=0,
        )
        best[size] = max(row["value"], best.get(size, row["value"]))
    sizes = sorted(best)
    values = list(itertools.accumulate((best[size] for size in sizes), max))
    axes.step(sizes, values, where="post", color=color, lw=1.6)


def _mark_recommended(axes: Any, found: Row, ink: Any) -> None:
    """Draws a ring around what is recommended, and names it in the title."""
    size = found["bytes_per_million"] / 1_000_000
    axes.plot(size, found["value"], "o", ms=14, mfc="none", mew=2, color=ink)
    axes.set_title(
        f"Recommended (ring): {found['dim']} dimensions, "
        f"{_named(found['reduction'])}, {found['precision']}",
        fontsize=11,
    )


def _named(reduction: str) -> str:
    return {
        "none": "not reduced",
        "prefix": "first coordinates",
        "random": "random coordinates",
        "pca": "PCA",
        "learned": "linear heads",
    }[reduction]


def survives(exists: Row, rows: Sequence[Row]) -> Figure:
    """The dimensions in which vectors exist, above what each precision leaves."""
    lower, upper = exists["lower"], exists["upper"]
    dims = sorted({row["dim"] for row in rows} | {lower, upper})
    right = 1.25 * max(dims)

    def draw(figure: Any) -> None:
        ink = matplotlib.rcParams["text.color"]
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 6))
        for left, end, color, hatch, label in (
            (0.8, lower - 0.5, RED, "xx", "no vectors can (proof)"),
            (lower - 0.5, upper - 0.5, GRAY, "//", "unknown"),
            (upper - 0.5, right, BLUE, "", "vectors exist"),
        ):
            if end > left:
                above.axvspan(
                    left, end, fc=color, ec=ink, hatch=hatch, alpha=0.4, label=label
                )
        above.set_yticks([])
        above.grid(False)
        above.tick_params(bottom=False, labelbottom=False)
        above.set_title("Dimensions in which vectors exist", fontsize=11)
        above.spines["left"].set_visible(False)
        for place, (name, color) in enumerate(_PRECISIONS.items()):
            mine = sorted(
                (r["dim"], r["recall"]) for r in rows if r["precision"] == name
            )
            if mine:
                below.plot(
                    *zip(*mine, strict=True),
                    marker=_MARKERS[name],
                    ms=8 - place,
                    mfc="none",
                    lw=2.6 - 0.4 * place,
                    color=color,
                    label=name,
                )
        below.axvline(upper, ls=":", lw=1, color=ink)
        below.set_xscale("log", base=2)
        ticks(below, dims, 1, right)
        below.set_xlim(0.8, right)
        below.set_ylim(-0.03, 1.05)
        below.set_xlabel("dimension d (log scale)")
        below.set_ylabel("relevant documents ranked first")
        figure.legend(ncols=4, loc="outside lower center", fontsize=9)

    return Figure(
        "survives",
        "Above: where vectors are known to exist, where it is proven that none do, and "
        "the unknown between. Below: the share of relevant documents that the best "
        "vectors found rank first when they are stored in a precision. Where a line "
        "falls the search fell short: vectors of fewer dimensions would do.",
        draw,
        SIZE,
    )


def reached(rows: Sequence[Row], upper: int, measure: str) -> Figure:
    """What trained free vectors retrieve: mean, least and largest over the seeds."""
    dims = sorted({row["dim"] for row in rows})

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        ink = matplotlib.rcParams["text.color"]
        for name in dict.fromkeys(row["objective"] for row in rows):
            color, marker = _OBJECTIVES.get(name, (PURPLE, "^"))
            found: dict[int, list[float]] = {}
            for row in rows:
                if row["objective"] == name:
                    found.setdefault(row["dim"], []).append(row["value"])
            at = sorted(found)
            values = [found[dim] for dim in at]
            axes.fill_between(
                at, [*map(min, values)], [*map(max, values)], color=color, alpha=0.25
            )
            means = [sum(v) / len(v) for v in values]
            axes.plot(at, means, marker=marker, ms=5, color=color, label=name)
        label = f"vectors exist from d = {upper}"
        axes.axvline(upper, ls=":", lw=1.5, color=ink, label=label)
        axes.set_xscale("log", base=2)
        ticks(axes, dims, min(dims), max(dims))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("dimension d (log scale)")
        axes.set_ylabel(measure, parse_math=False)
        figure.legend(ncols=4, loc="outside lower center", fontsize=9)

    return Figure(
        "reached",
        f"{measure} of vectors that were trained freely, by objective: the mean over "
        "seeds, and from the least to the largest. Dotted: vectors that retrieve all "
        "are known from there on.",
        draw,
        SIZE,
    )


def ticks(axes: Any, at: Sequence[int], low: float, high: float) -> None:
    """Marks some of the places from `low` to `high`, apart on a log scale."""
    room = (high / low) ** (1 / MOST_TICKS)
    kept: list[int] = []
    for place in at:
        if low <= place <= high and (not kept or place >= kept[-1] * room):
            kept.append(place)
    axes.set_xticks(kept, [f"{place:,}" for place in kept])
    axes.minorticks_off()
