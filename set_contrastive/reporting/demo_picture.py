"""The table and the picture of the demo."""

import pathlib
from collections.abc import Sequence
from typing import Any

import matplotlib

from set_contrastive.base import whole_files
from set_contrastive.base.result import Result
from set_contrastive.runs import run_folder
from set_contrastive.studies.demo import Demo
from set_contrastive.studies.views import LEAST_FOUND

matplotlib.use("Agg")
from matplotlib import pyplot

_COLORS = ("#c0504d", "#4f81bd", "#5f9e6e")


def draw(demo: Demo, output: pathlib.Path) -> pathlib.Path:
    """Draws the KL of each model as `kl_by_model.png` and prints the numbers.

    Beneath each two-tower stands the least KL that a search found for any vectors of
    its dimension, an upper bound of what is possible at best.

    Args:
      demo: The game and the models.
      output: Folder of the demo.

    Returns:
      The picture's path.
    """
    rows = [
        whole_files.read_json(output / contestant.folder / run_folder.METRICS)
        for contestant in demo.contestants
    ]
    found = {
        row["vector_dim"]: row["kl_nats"]
        for row in Result.load(output / demo.theory / f"{LEAST_FOUND}.json").rows
    }
    least = [found.get(contestant.vector_dim) for contestant in demo.contestants]
    print(_table(demo, rows, least))
    figure, axes = pyplot.subplots(figsize=(7, 3.2), layout="constrained")
    _draw_models(axes, demo, rows)
    _draw_least_found(axes, least)
    axes.set_title(f"{demo.game}: what the dimension costs")
    path = output / "kl_by_model.png"
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
    return path


def _table(
    demo: Demo, rows: Sequence[dict[str, Any]], least: Sequence[float | None]
) -> str:
    lines = [
        f"\n{'model':<20}{'parameters':>12}{'KL (nats)':>12}{'least found':>14}"
        f"{'top-K overlap':>16}"
    ]
    for contestant, row, kl in zip(demo.contestants, rows, least, strict=True):
        lines.append(
            f"{contestant.title:<20}{row['num_params']:>12,}{row['kl_nats']:>12.5f}"
            f"{'' if kl is None else f'{kl:.5f}':>14}{row['top_k_overlap']:>16.4f}"
        )
    return "\n".join(lines)


def _draw_models(axes: Any, demo: Demo, rows: Sequence[dict[str, Any]]) -> None:
    values = [row["kl_nats"] for row in rows]
    labels = [
        f"{contestant.title}\n{row['num_params']:,} parameters"
        for contestant, row in zip(demo.contestants, rows, strict=True)
    ]
    # Dots, since a bar on a logarithmic axis has no foot to stand on.
    axes.scatter(values, labels, s=90, c=_COLORS, zorder=2)
    for value, label in zip(values, labels, strict=True):
        axes.annotate(
            f"{value:.2g}",
            (value, label),
            (0, 9),
            textcoords="offset points",
            ha="center",
        )
    axes.set_xscale("log")
    axes.set_xlim(min(*values, 1e-3) / 2, 2)
    axes.margins(y=0.25)
    axes.grid(axis="x", color="#dddddd")
    axes.invert_yaxis()
    axes.set_xlabel("KL(truth || prediction) on the test split, nats (log scale)")
    axes.spines[["top", "right"]].set_visible(False)


def _draw_least_found(axes: Any, least: Sequence[float | None]) -> None:
    for place, kl in enumerate(least):
        if kl is not None and kl > axes.get_xlim()[0]:
            axes.plot([kl, kl], [place + 0.12, place + 0.38], "k", lw=2)
            axes.annotate(
                f"no vectors found below {kl:.2g} ",
                (kl, place + 0.25),
                ha="right",
                va="center",
                fontsize=8,
            )
