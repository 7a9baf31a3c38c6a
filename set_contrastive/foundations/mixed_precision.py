"""Half precision by hand and by Keras: time, memory, what underflows, what is learned.

    python -m set_contrastive.foundations.mixed_precision --output=foundations
    python -m set_contrastive.foundations.mixed_precision --sizes=116k

MLPs of 116 thousand, 2.5 million and 160 million parameters learn wildcard_27 from
one-hot queries in float32, plain float16, float16 by hand and Keras's policies. On a
CPU this shows what is lost and that by hand equals the policy, not what is gained: few
CPUs multiply float16. Four minutes on 2 cores of one that is about as fast with it as
with float32; another took 200 times as long: the second line is for such. The
largest network takes 8 GiB.
"""

import dataclasses
import itertools
import pathlib
import statistics
import time
from collections.abc import Iterator
from typing import Any

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
import numpy as np
from tqdm import tqdm

from set_contrastive.base.choices import choose
from set_contrastive.base.errors import UserError
from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.configs.checks import check_at_least
from set_contrastive.foundations.halves import networks
from set_contrastive.foundations.halves import steps as precisions
from set_contrastive.foundations.halves import underflow
from set_contrastive.foundations.machine import memory
from set_contrastive.theory import tool

_NAME = "mixed_precision"


@dataclasses.dataclass(frozen=True)
class Options:
    """What to train, and how long."""

    # Sizes of the networks; 160M takes 8 GiB.
    sizes: tuple[str, ...] = ("116k", "2.5M", "160M")
    # Precisions.
    precisions: tuple[str, ...] = precisions.PRECISIONS
    # Steps of each; by default 100, and 40 of the larger sizes.
    steps: int | None = None
    # Queries of a step.
    batch_size: int = 64
    # Adam's learning rate; by default that of the size, less for larger ones.
    learning_rate: float | None = None
    # Seed of weights and batches.
    seed: int = 0

    def __post_init__(self) -> None:
        for size in self.sizes:
            choose("sizes", size, networks.SIZES)
        for name in self.precisions:
            choose("precisions", name, dict.fromkeys(precisions.PRECISIONS))
        check_at_least(self, 1, "batch_size")
        if self.steps is not None and self.steps < 2:
            raise UserError(f"steps must be at least 2, got {self.steps}")
        if self.learning_rate is not None and not self.learning_rate > 0:
            raise UserError(f"learning_rate must be above 0, got {self.learning_rate}")


def train(size: str, precision: str, options: Options) -> dict[str, Any]:
    """Returns a row, with the loss of each step as `losses` and the final weights."""
    network = networks.SIZES[size]
    weights = networks.initial(network.widths, options.seed)
    count = options.steps or network.steps
    rate = options.learning_rate or network.learning_rate
    data = list(networks.batches(count, options.batch_size, options.seed))
    with memory.Peak() as peak:
        step = precisions.build(precision, weights, rate)
        losses, seconds = [], []
        for x, mask in data:
            started = time.perf_counter()
            losses.append(float(step(x, mask)))
            seconds.append(time.perf_counter() - started)
    finite = [loss for loss in losses if np.isfinite(loss)]
    return {
        "size": size,
        "parameters": sum(w.size for w in weights),
        "precision": precision,
        "steps": count,
        "first_loss": losses[0],
        "last_loss": float(np.mean(losses[-10:])),
        "finite_steps": len(finite),
        # Weights that are no numbers have no gradient to compare with.
        "underflow": underflow.share(step, *data[-1]) if len(finite) == count else None,
        "ms_per_step": 1e3 * statistics.median(seconds[1:]),
        "peak_mib": peak.mib,
        "losses": losses,
        "weights": [np.asarray(w.value, np.float32) for w in step.weights],
    }


def _apart(weights: list[Any], others: list[Any] | None) -> float | None:
    if others is None:
        return None
    pairs = zip(weights, others, strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def compute(options: Options, output: pathlib.Path) -> Iterator[Result]:
    """Yields the table."""
    del output
    command.look_for_devices()
    rows, curves = [], {}
    trainings = list(itertools.product(options.sizes, options.precisions))
    by_hand: dict[str, list[Any]] = {}
    bar = tqdm(trainings, _NAME, unit="training")
    for size, precision in bar:
        bar.set_postfix_str(f"{size} {precision}")
        row = train(size, precision, options)
        weights = row.pop("weights")
        curves[f"{size} {precision}"] = row.pop("losses")
        if precision == "by_hand":
            by_hand = {size: weights}
        is_policy = precision == "mixed_float16"
        row["from_by_hand"] = _apart(weights, by_hand.get(size) if is_policy else None)
        rows.append(row)
    yield Result(
        _NAME,
        f"An MLP on {networks.GAME} in several precisions",
        "Losses in nats, the last one a mean over up to 10 steps; finite_steps: with a "
        "loss that is a number; underflow: share of the gradient's entries that are "
        "too small for this precision, at the end; from_by_hand: largest difference "
        "of a weight from by_hand's. ms and MiB are of this machine.",
        tuple(rows),
        {**dataclasses.asdict(options), "curves": curves},
    )


def figures(result: Result) -> list[Figure]:
    """Returns the picture: the loss curves, a panel for each size."""
    sizes = list(dict.fromkeys(row["size"] for row in result.rows))

    def draw(figure: Any) -> None:
        panels = figure.subplots(1, len(sizes), squeeze=False)[0]
        for size, axes in zip(sizes, panels, strict=True):
            for name, losses in result.settings["curves"].items():
                if name.split()[0] == size:
                    style = "--" if name.endswith("by_hand") else "-"
                    axes.plot(losses, style, lw=1, label=name.split()[1])
            axes.set_title(size, fontsize=10)
            axes.set_xlabel("step")
        panels[0].set_ylabel("loss, nats")
        panels[0].legend()

    width = 1.2 + 3.2 * len(sizes)
    return [
        Figure(_NAME, f"{result.title}: the loss of each step.", draw, (width, 3.6))
    ]


TOOL = tool.Tool(
    "mixed_precision",
    Options,
    compute,
    figures,
    hints={
        "sizes": f"Of {', '.join(networks.SIZES)}.",
        "precisions": f"Of {', '.join(precisions.PRECISIONS)}.",
    },
    columns={
        _NAME: (
            *("size", "precision", "steps", "first_loss", "last_loss", "finite_steps"),
            *("underflow", "ms_per_step", "peak_mib", "from_by_hand"),
        )
    },
)

if __name__ == "__main__":
    tool.run(TOOL, "foundations")
