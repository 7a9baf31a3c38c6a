"""Pictures of the least KL found, of paths to it, and of critical numbers."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import pyplot

from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.free_vectors import critical
from set_contrastive.theory.floors import one_vector
from set_contrastive.theory.floors import several_vectors

_SMALLEST_KL = 1e-7
_COLUMNS = 3

# Column, label, and how it is drawn.
_LINES = (
    ("study_kl_nats", "study of 2021", {"ls": ":", "marker": "x", "color": "#878787"}),
    ("trained_kl_nats", "trained here", {"ls": "-", "marker": "o", "color": "#d6604d"}),
    (
        "moderate_kl_nats",
        "free, moderate scores",
        {"ls": "--", "marker": "s", "color": "#4aa3df"},
    ),
    ("kl_nats", "free, any scores (least found)", {"marker": "o", "color": "#1a9850"}),
)


def figures(result: Result) -> list[Figure]:
    """Returns the pictures of a result of this command, by its name."""
    draw = {
        one_vector.NAME: _floors,
        one_vector.PATHS: _paths,
        several_vectors.NAME: _late,
        critical.NAME: _limit,
    }
    return [draw[result.name](result)] if result.rows else []


def _games(result: Result) -> dict[str, list[dict[str, Any]]]:
    games: dict[str, list[dict[str, Any]]] = {}
    for row in result.rows:
        games.setdefault(row["game"], []).append(row)
    return games


def _panels(figure: Any, names: Sequence[str], same_x: bool = True) -> dict[str, Any]:
    """Returns an empty plot for each game, with the same y axis and, if so asked, x."""
    columns = min(_COLUMNS, len(names))
    rows = math.ceil(len(names) / columns)
    grid = figure.subplots(rows, columns, sharex=same_x, sharey=True, squeeze=False)
    flat = list(grid.flat)
    for empty in flat[len(names) :]:
        empty.set_visible(False)
    for above in flat[max(len(names) - columns, 0) : len(names)]:
        above.tick_params(labelbottom=True)
    for name, axes in zip(names, flat, strict=False):
        axes.set_title(name, fontsize=10)
        axes.set_yscale("log")
    return dict(zip(names, flat, strict=False))


def _legend(figure: Any, panels: Mapping[str, Any], columns: int) -> None:
    """Names each line once, whichever of the panels have it."""
    lines: dict[str, Any] = {}
    for axes in panels.values():
        for line, label in zip(*axes.get_legend_handles_labels(), strict=True):
            lines.setdefault(label, line)
    figure.legend(
        lines.values(), lines.keys(), ncols=columns, loc="outside upper center"
    )


def _size(count: int) -> tuple[float, float]:
    return 8.4, 1.2 + 2.6 * math.ceil(count / _COLUMNS)


def _clipped(row: Mapping[str, Any], column: str) -> float:
    value = row[column]
    return math.nan if value is None else max(value, _SMALLEST_KL)


def _floors(result: Result) -> Figure:
    games = _games(result)

    def draw(figure: Any) -> None:
        # Games of 81 keys are searched in other dimensions than those of 27.
        panels = _panels(figure, list(games), same_x=False)
        for game, rows in games.items():
            ordered = sorted(rows, key=lambda row: row["vector_dim"])
            at = [row["vector_dim"] for row in ordered]
            for column, label, style in _LINES:
                line = [_clipped(row, column) for row in ordered]
                panels[game].plot(at, line, ms=4, lw=1.4, label=label, **style)
            panels[game].set_xticks(at, at, fontsize=8)
        figure.supxlabel("vector dimension d", fontsize=10)
        figure.supylabel("mean KL (nats, log scale)", fontsize=10)
        _legend(figure, panels, 4)

    return Figure(
        result.name,
        "The least KL found: what free key and query vectors of a dimension were seen "
        "to reach, an upper bound of the floor. Free vectors whose scores are moderate "
        "stand between it and what networks were trained to. Values below 1e-7 are "
        "drawn there.",
        draw,
        _size(len(games)),
    )


def _late(result: Result) -> Figure:
    games = _games(result)

    def draw(figure: Any) -> None:
        panels = _panels(figure, list(games))
        for game, rows in games.items():
            lines: dict[int, list[dict[str, Any]]] = {}
            for row in sorted(rows, key=lambda row: row["floats_per_key"]):
                lines.setdefault(row["vectors_per_key"], []).append(row)
            for number, line in sorted(lines.items()):
                at = [row["floats_per_key"] for row in line]
                found = [_clipped(row, "kl_nats") for row in line]
                panels[game].plot(at, found, "o-", ms=4, label=f"{number} vectors")
            known = {row["floats_per_key"]: row for row in rows}
            one = [_clipped(known[at], "one_vector_kl_nats") for at in sorted(known)]
            panels[game].plot(sorted(known), one, "kx", ms=6, label="one vector")
        figure.supxlabel("numbers that a key takes", fontsize=10)
        figure.supylabel("mean KL (nats, log scale)", fontsize=10)
        _legend(figure, panels, 5)

    return Figure(
        result.name,
        "The least KL found for several free vectors of a key, whose best product "
        "counts, against the numbers that a key takes; crosses: one vector. All are "
        "upper bounds. Values below 1e-7 are drawn there.",
        draw,
        _size(len(games)),
    )


def _paths(result: Result) -> Figure:
    games = _games(result)
    dims = sorted({row["vector_dim"] for row in result.rows})
    shades = pyplot.get_cmap("plasma")
    colors = {
        dim: shades(0.05 + 0.8 * place / max(len(dims) - 1, 1))
        for place, dim in enumerate(dims)
    }

    def draw(figure: Any) -> None:
        panels = _panels(figure, list(games))
        for game, rows in games.items():
            searches: dict[tuple[int, int], list[dict[str, Any]]] = {}
            for row in rows:
                key = row["vector_dim"], row["restart"]
                searches.setdefault(key, []).append(row)
            for (dim, restart), path in searches.items():
                at = [row["rms_score"] for row in path]
                line = [_clipped(row, "kl_nats") for row in path]
                label = f"d = {dim}" if restart == 0 else None
                axes = panels[game]
                axes.plot(at, line, "-", lw=1, color=colors[dim], label=label)
            panels[game].set_xscale("log")
        figure.supxlabel("root mean square of the centred scores", fontsize=10)
        figure.supylabel("mean KL (nats, log scale)", fontsize=10)
        _legend(figure, panels, 6)

    return Figure(
        result.name,
        "What precision buys: the KL of free vectors falls on as scores grow, where "
        "the dimension does not suffice; one line for each search.",
        draw,
        _size(len(games)),
    )


def _limit(result: Result) -> Figure:
    ways: dict[str, list[dict[str, Any]]] = {}
    for row in result.rows:
        suffix = "" if row["normalize"] else ", not normalized"
        ways.setdefault(row["objective"] + suffix, []).append(row)
    known = sorted(
        {
            (row["vector_dim"], row["published_n"])
            for row in result.rows
            if row["published_n"] is not None
        }
    )

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        cycle = pyplot.get_cmap("tab10")
        for number, (way, rows) in enumerate(ways.items()):
            at = [row["vector_dim"] for row in rows]
            best = [row["critical_n"] for row in rows]
            least = [row["least_n"] for row in rows]
            color = cycle(number)
            dashed = "--" if "not" in way else "-"
            axes.plot(at, best, f"o{dashed}", ms=4, color=color, label=way)
            axes.fill_between(at, least, best, color=color, alpha=0.15, lw=0)
        if known:
            axes.plot(*zip(*known, strict=True), "kx", ms=7, label="published")
        top = result.settings["max_documents"]
        if any(row["critical_n"] == top for row in result.rows):
            axes.axhline(top, ls=":", lw=1, color="#878787")
            axes.annotate(
                "not sought further",
                (at[0], top),
                (2, 3),
                fontsize=8,
                textcoords="offset points",
            )
        axes.set_xlabel("vector dimension d")
        axes.set_ylabel("critical number of documents n")
        figure.legend(ncols=3, loc="outside lower center")

    return Figure(
        result.name,
        "A number of documents all of whose pairs free vectors retrieve, and not of "
        "one more, after training; shaded: from the worst start to the best. Crosses: "
        "Table 6 of arXiv 2508.21038. Geometry allows every number from d = 4 on.",
        draw,
        (6.4, 4.6),
    )
