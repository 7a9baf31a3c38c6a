"""Draws cards: shape, colour, fill and count, with wildcards that show."""

from typing import Any

import matplotlib.patches
import numpy as np

_COLORS = {"red": "#d62728", "green": "#2ca02c", "blue": "#1f77b4", "*": "#8a8a8a"}
_FILLS = ("void", "dashed", "solid", "*")
_SHAPES = ("square", "circle", "triangle", "*")
_COUNTS = {"one": 1, "two": 2, "three": 3, "*": 1}
_WILDCARD = "*"
_PLAIN = ("red", "solid", "square", "one")  # What a card without them has.

# Corners of a square and a triangle, in units of half their size.
_SQUARE = [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]
_TRIANGLE = [(-1.0, -0.8), (1.0, -0.8), (0.0, 0.95)]


def is_card(text: str) -> bool:
    """Whether a text is a card of SET: color, fill, shape and count, or the first."""
    values = text.split("-")
    known = (tuple(_COLORS), _FILLS, _SHAPES, tuple(_COUNTS))
    return 1 < len(values) <= len(known) and all(
        value in names for value, names in zip(values, known, strict=False)
    )


def draw(axes: Any, text: str, x: float, y: float, size: float) -> None:
    """Draws what is on a card, about a point.

    A wildcard of the colour is grey, of the fill dotted, of the shape a star, and of
    the count a star beside it.

    Args:
      axes: matplotlib axes, in whose units the rest is.
      text: A card, or any other text, which is written.
      x: Middle of the card.
      y: The same.
      size: Half of the width of a shape that stands alone.
    """
    if not is_card(text):
        axes.text(x, y, text, ha="center", va="center", fontsize=8)
        return
    values = text.split("-")
    color, fill, shape, count = [*values, *_PLAIN[len(values) :]]
    number = _COUNTS[count]
    half = size / (1.0 if number == 1 else 0.95 * number)
    for place in range(number):
        middle = x + (place - (number - 1) / 2) * 2.2 * half
        patch = _patch(shape, middle, y, half)
        patch.set(edgecolor=_COLORS[color], linewidth=1.6, zorder=3)
        patch.set_facecolor(_COLORS[color] if fill == "solid" else "white")
        hatch = {"dashed": "////", _WILDCARD: "...."}.get(fill)
        if hatch:
            patch.set_hatch(hatch)
        axes.add_patch(patch)
    if count == _WILDCARD:
        axes.text(x + 1.15 * half, y + 0.4 * half, _WILDCARD, fontsize=9, zorder=4)


def _patch(shape: str, x: float, y: float, half: float) -> Any:
    if shape == "circle":
        return matplotlib.patches.Circle((x, y), 0.92 * half)
    if shape == _WILDCARD:
        turns = np.arange(10) / 10 * 2 * np.pi
        radius = np.where(np.arange(10) % 2, 0.45, 1.05)
        corners = np.stack([np.sin(turns), np.cos(turns)], axis=1) * radius[:, None]
    else:
        corners = np.array(_SQUARE if shape == "square" else _TRIANGLE)
    return matplotlib.patches.Polygon(corners * half + (x, y), closed=True)
