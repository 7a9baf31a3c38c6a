"""What several vectors of a document reach beside one: a figure and a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib

from set_contrastive.base.figure import Figure
from set_contrastive.reporting import advice_figures

Row = Mapping[str, Any]
# Values of each seed, by the floats of a document.
Values = dict[int, list[float]]

_STYLES = (
    (advice_figures.BLUE, "o"),
    (advice_figures.ORANGE, "s"),
    (advice_figures.GREEN, "D"),
    (advice_figures.PURPLE, "^"),
    (advice_figures.RED, "v"),
)
_OBJECTIVE = "max_sim"


def single(rows: Sequence[Row]) -> list[Row]:
    """Returns the rows of single vectors, which the other objectives train."""
    return [row for row in rows if row["objective"] != _OBJECTIVE]


def several(rows: Sequence[Row]) -> list[Row]:
    """Returns the rows that were trained on MaxSim scores."""
    return [row for row in rows if row["objective"] == _OBJECTIVE]


def figure(rows: Sequence[Row], measure: str) -> Figure:
    """The measure against floats a document, a line for each number of vectors."""
    lines = {0: _best_of_one(rows)}
    for row in several(rows):
        of = lines.setdefault(row["vectors_per_document"], {})
        of.setdefault(_floats(row), []).append(row["value"])
    sizes = sorted({floats for of in lines.values() for floats in of})

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        ink = matplotlib.rcParams["text.color"]
        for place, number in enumerate(sorted(lines)):
            color, marker = _STYLES[place % len(_STYLES)]
            style = {"color": color, "marker": marker, "label": _named(number)}
            if not number:
                style |= {"color": ink, "marker": "o", "ls": "--"}
            at, of = sorted(lines[number]), lines[number]
            low, high = ([pick(of[x]) for x in at] for pick in (min, max))
            axes.fill_between(at, low, high, color=style["color"], alpha=0.2)
            axes.plot(at, [sum(of[x]) / len(of[x]) for x in at], ms=5, **style)
        axes.set_xscale("log", base=2)
        advice_figures.ticks(axes, sizes, min(sizes), max(sizes))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("floats a document: vectors times d (log scale)")
        axes.set_ylabel(measure, parse_math=False)
        figure.legend(ncols=2, loc="outside lower center", fontsize=9)

    return Figure(
        "several",
        f"{measure} of free vectors at equal floats a document: several vectors of it, "
        "of which the closest to a query counts, and one, by its best objective. The "
        "mean over seeds, and from the least to the largest. All are lower bounds of "
        "what so many floats can reach.",
        draw,
        advice_figures.SIZE,
    )


def table(rows: Sequence[Row], measure: str) -> dict[str, list[Any]]:
    """Returns a row for each number of vectors and dimension, by floats."""
    one, least = _best_of_one(rows), _least_of_one(rows)
    cells: dict[tuple[int, int, int], list[Row]] = {}
    for row in several(rows):
        place = _floats(row), row["vectors_per_document"], row["dim"]
        cells.setdefault(place, []).append(row)
    found = []
    for floats, number, dim in sorted(cells):
        mine = cells[floats, number, dim]
        values = [row["value"] for row in mine]
        known = floats in one
        found.append(
            [
                f"{floats:,}",
                f"{number:,}",
                f"{dim:,}",
                f"{max(values):.3f}",
                f"{max(one[floats]):.3f}" if known else "",
                f"{min(values):.3f} to {max(values):.3f}",
                f"{max(row['ndcg_at_10'] for row in mine):.3f}",
                f"{min(row['kl_nats'] for row in mine):.3f}",
                f"{least[floats]:.3f}" if known else "",
                str(len(mine)),
            ]
        )
    head = ["floats a document", "vectors", "d", f"best {measure}", "of one vector"]
    head += ["least to largest", "best nDCG@10", "least KL (nats)", "of one vector"]
    return {"head": [*head, "seeds"], "rows": found}


def _floats(row: Row) -> int:
    number: int = row["vectors_per_document"] * row["dim"]
    return number


def _best_of_one(rows: Sequence[Row]) -> Values:
    """Returns the best of all objectives for each seed, by the dimension."""
    best: dict[tuple[int, int], float] = {}
    for row in single(rows):
        place = row["dim"], row["seed"]
        best[place] = max(row["value"], best.get(place, 0.0))
    found: Values = {}
    for (dim, _), value in best.items():
        found.setdefault(dim, []).append(value)
    return found


def _least_of_one(rows: Sequence[Row]) -> dict[int, float]:
    found: dict[int, float] = {}
    for row in single(rows):
        found[row["dim"]] = min(row["kl_nats"], found.get(row["dim"], row["kl_nats"]))
    return found


def _named(number: int) -> str:
    if number == 0:
        return "one vector, best objective"
    return f"{number} vector{'s' * (number > 1)}, MaxSim"
