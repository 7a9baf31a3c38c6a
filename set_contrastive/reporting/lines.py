"""Figures of any study: a measure against a factor, and validation curves."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import pyplot

from set_contrastive.base.figure import Figure
from set_contrastive.reporting.measured_cell import MeasuredCell
from set_contrastive.reporting.results import Results
from set_contrastive.studies import factors
from set_contrastive.studies import measures
from set_contrastive.studies.views import Curves
from set_contrastive.studies.views import Lines

# The least KL found for free vectors, by game and dimension.
LeastFound = Mapping[str, Mapping[int, float]]
Groups = Mapping[tuple[Any, ...], list[MeasuredCell]]

# A floor further below all that was measured, so many times, is an arrow.
_FAR_BELOW = 5.0
_SMALLEST = 1e-6  # Of what is drawn on a logarithmic axis.
# Of an entry of a legend in its small type.
_INCHES_OF_HANDLE, _INCHES_OF_LETTER = 0.6, 0.065
_PANEL_WIDTH, _PANEL_HEIGHT = 3.3, 3.6
_STYLES, _MARKERS = ("-", "--", ":", "-."), "osv^D"


def against_factor(results: Results, view: Lines, least: LeastFound) -> Figure | None:
    """A measure's mean and standard deviation over the seeds; None if nothing is there.

    Args:
      results: The cells.
      view: What to draw.
      least: The least KL found, for views that show it.
    """
    cells = _chosen(results.finished, view.where)
    level = _chosen(results.finished, view.level) if view.level else []
    cells = [cell for cell in cells if cell not in level]
    if not cells:
        return None
    measure = measures.get(view.measure)
    styles = _styles([*cells, *level], view.line)
    places = sorted({cell.factor(view.x) for cell in cells}, key=_order)
    numbers = all(_is_number(place) for place in places)
    found = _values([*cells, *level], view.measure)
    lowest = _drawn(min(found, default=0.0), measure.log)

    def draw(axes: Any, name: Any) -> None:
        for line, group in _by(cells, view.line, {view.panel: (name,)}).items():
            points = [
                (place if numbers else places.index(place), found)
                for (place,), there in sorted(
                    _by(group, (view.x,)).items(), key=lambda item: _order(item[0][0])
                )
                if (found := _values(there, view.measure))
            ]
            at = [place for place, _ in points]
            mean = [_drawn(np.mean(found), measure.log) for _, found in points]
            spread = [
                0 if measure.share or len(found) < 2 else np.std(found, ddof=1)
                for _, found in points
            ]
            axes.errorbar(at, mean, spread, ms=4, capsize=2, **styles[line])
        for line, group in _by(level, view.line, {view.panel: (name,)}).items():
            if found := _values(group, view.measure):
                style = {**styles[line], "marker": "", "ls": "--"}
                axes.axhline(_drawn(np.mean(found), measure.log), **style)
        known = {d: kl for d, kl in least.get(name, {}).items() if d in places}
        if view.least_found and known:
            _mark_least(axes, known, lowest / _FAR_BELOW if measure.log else 0)
        if view.log_x:
            axes.set_xscale("log")
        ticks = places if numbers else range(len(places))
        axes.set_xticks(ticks, [factors.spelled(view.x, p) for p in places], fontsize=8)
        axes.minorticks_off()
        axes.set_xlabel(_title(view.x))

    return _panels(view, sorted_values(cells, view.panel), draw, measure)


def _mark_least(axes: Any, known: Mapping[int, float], edge: float) -> None:
    """Marks the least KL found; what lies below the edge is an arrow that stands there.

    Or a floor of nearly 0 would press all that was measured into a logarithmic axis's
    last decade.
    """
    label = "least found, one vector"
    above = {dim: value for dim, value in known.items() if value >= edge}
    if above:
        axes.plot(list(above), list(above.values()), "k_", ms=11, label=label)
    below = [dim for dim in known if dim not in above]
    if below:
        axes.plot(below, [edge] * len(below), "kv", ms=5, label=f"{label}: below")


def curves(results: Results, view: Curves) -> Figure | None:
    """A validation measure of seed 0 during training; None if nothing is there.

    Args:
      results: The cells.
      view: What to draw.
    """
    cells = [c for c in _chosen(results.finished, view.where) if c.config.seed == 0]
    if not cells:
        return None
    styles = _styles(cells, view.line)
    measure = measures.get(view.measure)

    def draw(axes: Any, name: Any) -> None:
        for line, group in _by(cells, view.line, {view.panel: (name,)}).items():
            # Not each validation measures everything.
            rows = [row for row in group[0].curve() if view.measure in row]
            each = group[0].config.batch_size if view.x == "examples" else 1
            at = [row["step"] * each for row in rows]
            found = [_drawn(row[view.measure], measure.log) for row in rows]
            axes.plot(at, found, **{**styles[line], "marker": ""})
        if view.x == "examples":
            axes.set_xscale("log")
        axes.set_xlabel("queries seen" if view.x == "examples" else "step")

    return _panels(view, sorted_values(cells, view.panel), draw, measure)


def sorted_values(cells: Sequence[MeasuredCell], factor: str) -> list[Any]:
    """Returns the values of a factor in the cells' order."""
    return list(dict.fromkeys(cell.factor(factor) for cell in cells))


def _panels(
    view: Lines | Curves,
    names: Sequence[Any],
    draw_panel: Callable[[Any, Any], None],
    measure: measures.Measure,
) -> Figure:
    """Returns a figure with a panel for each value of the view's panel factor."""

    def draw(figure: Any) -> None:
        row = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
        for axes, name in zip(row, names, strict=True):
            draw_panel(axes, name)
            axes.set_title(factors.spelled(view.panel, name), fontsize=10)
            if measure.log:
                axes.set_yscale("log")
        row[0].set_ylabel(measure.title)
        shown: dict[str, Any] = {}
        for axes in row:
            handles, labels = axes.get_legend_handles_labels()
            shown |= dict(zip(labels, handles, strict=True))
        entry = _INCHES_OF_HANDLE + _INCHES_OF_LETTER * max(map(len, shown), default=0)
        columns = max(1, min(max(2, len(names)), int(size[0] / entry)))
        figure.legend(shown.values(), shown, ncols=columns, loc="outside lower center")

    size = max(5.4, _PANEL_WIDTH * len(names)), _PANEL_HEIGHT + 0.4
    return Figure(view.name, view.caption, draw, size)


def _chosen(
    cells: Sequence[MeasuredCell], where: Mapping[str, tuple[Any, ...]]
) -> list[MeasuredCell]:
    return [
        cell
        for cell in cells
        if all(cell.factor(name) in values for name, values in where.items())
    ]


def _by(
    cells: Sequence[MeasuredCell],
    names: Sequence[str],
    where: Mapping[str, tuple[Any, ...]] | None = None,
) -> Groups:
    """Groups cells by the values of some factors, those that `where` lets through."""
    groups: dict[tuple[Any, ...], list[MeasuredCell]] = {}
    for cell in _chosen(cells, where or {}):
        groups.setdefault(tuple(cell.factor(name) for name in names), []).append(cell)
    return groups


def _values(cells: Sequence[MeasuredCell], measure: str) -> list[float]:
    """Returns a measure of each cell that has it."""
    found = [cell.measure(measure) for cell in cells]
    return [value for value in found if value is not None]


def _styles(
    cells: Sequence[MeasuredCell], names: Sequence[str]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Returns how each line looks: colour by the first factor, stroke by the others.

    Its label tells those factors in which it differs from a line of the same colour,
    and the first.
    """
    by_first: dict[Any, list[tuple[Any, ...]]] = {}
    for line in sorted(_by(cells, names), key=lambda line: [*map(_order, line)]):
        by_first.setdefault(line[0], []).append(line)
    shades = pyplot.get_cmap("tab10")
    styles = {}
    for color, lines in enumerate(by_first.values()):
        for stroke, line in enumerate(lines):
            told = [
                _told(name, value)
                for place, (name, value) in enumerate(zip(names, line, strict=True))
                if value is not False  # What is not done goes without saying.
                and (
                    (place == 0 and len(by_first) > 1)
                    or len({other[place] for other in lines}) > 1
                )
            ]
            styles[line] = {
                "color": shades(color % 10),
                "ls": _STYLES[stroke % len(_STYLES)],
                "marker": _MARKERS[stroke % len(_MARKERS)],
                "lw": 1.4,
                "label": ", ".join(told) or _told(names[0], line[0]),
            }
    return styles


def _told(name: str, value: Any) -> str:
    """Returns a factor's value with its name, unless it goes without saying."""
    spelled = factors.spelled(name, value)
    if value is True:
        return _title(name)
    return spelled if isinstance(value, str) else f"{_title(name)} {spelled}"


def _drawn(value: Any, log: bool) -> float:
    return max(float(value), _SMALLEST) if log else float(value)


def _title(name: str) -> str:
    return name.replace("_", " ")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _order(value: Any) -> tuple[bool, Any]:
    """Numbers by size and before names; names by alphabet."""
    return (False, value) if _is_number(value) else (True, str(value))
