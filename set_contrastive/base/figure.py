"""A figure, drawn for a light and for a dark page."""

import dataclasses
import io
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

_LIGHT = {"ink": "#1f2328", "grid": "#d8dee4", "page": "#ffffff"}
_DARK = {"ink": "#e6edf3", "grid": "#30363d", "page": "#0d1117"}


@dataclasses.dataclass(frozen=True)
class Figure:
    """A figure: how it is drawn and what it says.

    Attributes:
      name: Name of its file, without the ending.
      caption: What one sees in it.
      draw: Draws it into a matplotlib figure.
      size: Width and height in inches.
    """

    name: str
    caption: str
    draw: Callable[[Any], None]
    size: tuple[float, float] = (5.4, 4.0)

    def render(self, dark: bool, ending: str = "svg") -> bytes:
        """Returns the figure as a file of its own, for a light or a dark page."""
        theme = _DARK if dark else _LIGHT
        style = {
            "figure.facecolor": theme["page"],
            "axes.facecolor": theme["page"],
            "savefig.facecolor": theme["page"],
            "text.color": theme["ink"],
            "axes.labelcolor": theme["ink"],
            "axes.edgecolor": theme["grid"],
            "axes.titlecolor": theme["ink"],
            "xtick.color": theme["ink"],
            "ytick.color": theme["ink"],
            "grid.color": theme["grid"],
            "legend.frameon": False,
            "legend.fontsize": 8,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "svg.hashsalt": "set_contrastive",  # The same bytes for the same numbers.
        }
        with pyplot.style.context(style):
            figure = pyplot.figure(figsize=self.size, layout="constrained")
            self.draw(figure)
            file = io.BytesIO()
            figure.savefig(
                file,
                format=ending,
                dpi=150,
                metadata={"Date": None} if ending == "svg" else None,
            )
            pyplot.close(figure)
        return file.getvalue()

    def save(self, folder: pathlib.Path) -> None:
        """Writes `<name>.png`, for a light page."""
        (folder / f"{self.name}.png").write_bytes(self.render(False, "png"))


def colors(labels: Sequence[str], dims: Mapping[str, int]) -> dict[str, Any]:
    """Returns a colour for each label: from pale to dark as d grows, others apart.

    Args:
      labels: All labels.
      dims: The dimension of those that have one.
    """
    ordered = [label for label in labels if label in dims]
    shades = pyplot.get_cmap("plasma")
    found = {
        label: shades(0.25 + 0.65 * place / max(len(ordered) - 1, 1))
        for place, label in enumerate(ordered)
    }
    apart = iter(("#1a9850", "#4aa3df", "#b15928", "#878787"))
    return found | {x: next(apart, "#878787") for x in labels if x not in found}
