"""The picture of an explanation: its pairs of cards, coloured by attribution."""

from typing import Any

import matplotlib
import matplotlib.patches
import numpy as np
from matplotlib import colors

from set_contrastive.base.figure import Figure
from set_contrastive.explaining import cards
from set_contrastive.explaining.explanation import Explanation

_CARD = 0.8  # Width and height, of a column that is 1 wide.
_STRIP = 0.16  # Height of the boxes of a card's attributes.


def figure(explanation: Explanation) -> Figure:
    """Returns the picture: a row of pairs for each method.

    The frame of a pair, each card and each box of an attribute below it have the colour
    of their attributions, red where they raise the number and blue where they lower it,
    each as a share of the row's largest of its kind. A star marks the pairs that truly
    give the key.
    """
    methods = list(explanation.found.by_pair)
    shown = [unit for unit, text in enumerate(explanation.units) if text]
    deepest = max(len(_symbols(explanation, unit)) for unit in shown)
    height = 0.5 + deepest

    def draw(drawn: Any) -> None:
        axes = drawn.subplots(len(methods), 1, squeeze=False)[:, 0]
        for method, one in zip(methods, axes, strict=True):
            _draw_row(one, explanation, method, shown, height)
        drawn.suptitle(_caption(explanation), fontsize=9)

    return Figure(
        name="explanation",
        caption=explanation.title,
        draw=draw,
        size=(max(1.15 * len(shown), 5.0), 1.2 * height * len(methods) + 0.5),
    )


def _caption(explanation: Explanation) -> str:
    boxes = ", ".join(explanation.attributes)
    return (
        f"{explanation.title}\nred raises it, blue lowers it; boxes: {boxes}; "
        "star: the pair truly gives the key"
    )


def _draw_row(
    axes: Any, explanation: Explanation, method: str, shown: list[int], height: float
) -> None:
    """Draws all pairs with the attributions of a method."""
    by_pair = explanation.found.by_pair[method][0]
    by_part = explanation.found.by_part.get(method)
    axes.set(xlim=(-0.5, len(shown) - 0.5), ylim=(-height, 0.05), aspect="equal")
    axes.set_axis_off()
    axes.set_title(method, fontsize=9, loc="left")
    for column, unit in enumerate(shown):
        _box(axes, column - 0.47, -height + 0.02, 0.94, height - 0.3, 0.35).set(
            facecolor=_color(by_pair[unit], by_pair), zorder=0
        )
        is_true = explanation.true is not None and explanation.true[unit]
        label = f"{1 + unit}{' ★' if is_true else ''}  {by_pair[unit]:+.2f}"
        axes.text(column, -0.12, label, ha="center", va="center", fontsize=8)
        places = _symbols(explanation, unit)
        # The first pair lacks an operator, so cards stand at the lower edge.
        for row, place in enumerate(reversed(places)):
            y = -height + 0.15 + row + _CARD / 2
            card = _box(axes, column - _CARD / 2, y - _CARD / 2, _CARD, _CARD, 1.0)
            card.set(facecolor="white", zorder=1)
            if by_part is not None:
                sums = by_part[0].sum(axis=1)
                card.set_facecolor(_color(sums[place], sums))
                _draw_parts(axes, by_part[0], place, column, y - _CARD / 2)
            cards.draw(
                axes, explanation.symbols[place][0], column, y + _STRIP / 2, 0.25
            )


def _draw_parts(axes: Any, by_part: Any, place: int, x: float, bottom: float) -> None:
    """Draws a box for each part of a card, at its lower edge."""
    width = _CARD / by_part.shape[1]
    for number, value in enumerate(by_part[place]):
        left = x - _CARD / 2 + number * width
        _box(axes, left, bottom, width, _STRIP, 1.0).set(
            facecolor=_color(value, by_part), zorder=2
        )


def _box(
    axes: Any, x: float, y: float, width: float, height: float, line: float
) -> Any:
    box = matplotlib.patches.Rectangle(
        (x, y), width, height, edgecolor="#6e7781", linewidth=line
    )
    return axes.add_patch(box)


def _color(value: float, among: Any) -> Any:
    """Returns the colour of an attribution, pale where it is small among others."""
    most = float(np.abs(among).max()) or 1.0
    return matplotlib.colormaps["RdBu_r"](colors.Normalize(-most, most)(value))


def _symbols(explanation: Explanation, unit: int) -> list[int]:
    """Returns the places of a pair's symbols, its operator first."""
    return [
        place
        for place, (text, of) in enumerate(explanation.symbols)
        if of == unit and text
    ]
