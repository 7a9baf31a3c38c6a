"""The demo's models, and the picture that it draws of them."""

import dataclasses
import pathlib

import matplotlib

from set_contrastive.runs import run_folder
from set_contrastive.theory.result import Result

matplotlib.use("Agg")
from matplotlib import pyplot

FLOORS = "free_embedding_floors"


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A model that the demo trains.

    Attributes:
      label: What it is called.
      folder: Its run folder, below the demo's.
      minutes: How long it took where this was written, on 2 CPU cores.
      vector_dim: Dimension of its vectors; None if it is a cross-encoder.
    """

    label: str
    folder: str
    minutes: float
    vector_dim: int | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """What the train command needs to know."""
        if self.vector_dim is None:
            return ("--model=cross_encoder",)
        return (f"--vector_dim={self.vector_dim}",)


_UNION = (
    Contestant("two-tower, d = 4", "two_tower_d4", 3.0, 4),
    Contestant("two-tower, d = 27", "two_tower_d27", 3.0, 27),
    Contestant("cross-encoder", "cross_encoder", 1.8),
)
_WILDCARD = (
    Contestant("two-tower, d = 2", "two_tower_d2", 0.4, 2),
    Contestant("two-tower, d = 27", "two_tower_d27", 0.4, 27),
    Contestant("cross-encoder", "cross_encoder", 0.5),
)


def contestants(quick: bool) -> tuple[Contestant, ...]:
    """Returns the demo's models, or those of the quick one."""
    return _WILDCARD if quick else _UNION


def draw(output: pathlib.Path, quick: bool) -> pathlib.Path:
    """Draws the KL of each model as `kl_by_model.png` and prints the numbers.

    Beneath each two-tower stands the lowest KL that a search found for any vectors of
    its dimension, an upper bound of the floor.

    Args:
      output: Folder of the demo.
      quick: Whether it played the simpler game.

    Returns:
      The picture's path.
    """
    shown = contestants(quick)
    metrics = [run_folder.read_json(output / c.folder / "metrics.json") for c in shown]
    rows = Result.load(output / "theory" / f"{FLOORS}.json").rows
    found = {row["vector_dim"]: row["kl_nats"] for row in rows}
    floors = [found.get(contestant.vector_dim) for contestant in shown]
    print(
        f"\n{'model':<20}{'parameters':>12}{'KL (nats)':>12}{'floor':>10}"
        f"{'top-K overlap':>16}"
    )
    for contestant, row, floor in zip(shown, metrics, floors, strict=True):
        least = "" if floor is None else f"{floor:.5f}"
        print(
            f"{contestant.label:<20}{row['num_params']:>12,}{row['kl_nats']:>12.5f}"
            f"{least:>10}{row['top_k_overlap']:>16.4f}"
        )
    figure, axes = pyplot.subplots(figsize=(7, 3.2), layout="constrained")
    labels = [
        f"{contestant.label}\n{row['num_params']:,} parameters"
        for contestant, row in zip(shown, metrics, strict=True)
    ]
    values = [row["kl_nats"] for row in metrics]
    # Dots, since a bar on a logarithmic axis has no foot to stand on.
    axes.scatter(values, labels, s=90, c=["#c0504d", "#4f81bd", "#5f9e6e"], zorder=2)
    for value, label in zip(values, labels, strict=True):
        axes.annotate(
            f"{value:.2g}",
            (value, label),
            (0, 9),
            textcoords="offset points",
            ha="center",
        )
    axes.set_xscale("log")
    left = min(*values, 1e-3) / 2
    for place, floor in enumerate(floors):
        if floor is not None and floor > left:
            axes.plot([floor, floor], [place + 0.12, place + 0.38], "k", lw=2)
            axes.annotate(
                f"no vectors found below {floor:.2g} ",
                (floor, place + 0.25),
                ha="right",
                va="center",
                fontsize=8,
            )
    axes.set_xlim(left, 2)
    axes.margins(y=0.25)
    axes.grid(axis="x", color="#dddddd")
    axes.invert_yaxis()
    axes.set_xlabel("KL(truth || prediction) on the test split, nats (log scale)")
    axes.set_title(
        f"{'wildcard_27' if quick else 'union_27'}: what the dimension costs"
    )
    axes.spines[["top", "right"]].set_visible(False)
    path = output / "kl_by_model.png"
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
    return path
