"""Classic mistakes of a training run, each with its effect on a measure, and a guard.

    python -m set_contrastive.foundations.splits --output=foundations

A two-tower model learns union_27 of two pairs from few queries, with the project's
trainer: once as it should be, once without shuffling, once with gradients that add up.
The first run is then measured on the wrong queries, with the wrong mean, and with
gradients kept. About a minute.
"""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.configs.checks import check_at_least
from set_contrastive.data.input_pipeline import PreparedQueries
from set_contrastive.foundations.pitfalls import guards
from set_contrastive.foundations.pitfalls import measures
from set_contrastive.foundations.pitfalls import runs
from set_contrastive.games import splits
from set_contrastive.theory import tool

_NAME = "splits"
_NO_TAPE = "`measures.kl` returns NumPy arrays, which no tape follows"


@dataclasses.dataclass(frozen=True)
class Options:
    """The run."""

    # Training queries.
    train_size: int = 4096
    # Held-out queries; with batches of 256 the last one is small.
    test_size: int = 1030
    # Pairs of a query.
    pairs: int = 2
    # Steps of training.
    steps: int = 800
    # Queries of a step.
    batch_size: int = 64
    # Queries of a batch of evaluation.
    test_batch_size: int = 256
    # Seed of weights, queries and batches.
    seed: int = 0

    def __post_init__(self) -> None:
        check_at_least(self, 1, "steps", "batch_size", "test_batch_size")
        check_at_least(self, 2, "pairs")  # All queries of one pair can be listed.
        check_at_least(self, self.batch_size * 2, "train_size")
        if self.test_size % self.test_batch_size == 0:
            raise UserError(
                "test_size must be no multiple of test_batch_size="
                f"{self.test_batch_size}, or no batch is smaller, got {self.test_size}"
            )


def _told(check: Callable[[], object]) -> str:
    """Returns what a guard says; `nothing` if it does not raise."""
    try:
        check()
    except UserError as error:
        return str(error)
    return "nothing"


def _rows(options: Options) -> Iterator[dict[str, Any]]:
    game = runs.game(options.pairs)
    sizes = options.train_size, options.test_size
    queries = splits.draw_queries(game, sum(sizes), options.seed + 1)
    train, test = (
        runs.answered(game, part) for part in np.split(queries, [options.train_size])
    )
    ordered = runs.sorted_by_size(train)
    subset_sizes = ordered.key_mask.sum(axis=1)
    shuffled = PreparedQueries(train)
    same = options.steps, options.batch_size, options.seed
    model = runs.train(game, shuffled, *same)
    values = measures.kl(model, test)
    right = float(values.mean())
    seen = measures.kl(model, train).mean()
    unshuffled = runs.train(game, runs.InOrder(ordered), *same)
    added = runs.train(game, shuffled, *same, reset=False)
    means, counts = measures.batch_means(values, options.test_batch_size)
    exact = guards.mean_over_batches(means, counts)
    _, free, kept = [
        measures.held_mib(model, test.queries, options.test_batch_size, keep)
        for keep in (False, False, True)  # The first call makes what all need.
    ]
    yield _row(
        "evaluated on training data",
        right,
        float(seen),
        _told(lambda: guards.check_disjoint(train.queries, train.queries)),
    )
    yield _row(
        "not shuffled",
        right,
        float(measures.kl(unshuffled, test).mean()),
        _told(lambda: guards.check_shuffled(subset_sizes, options.batch_size)),
    )
    yield _row("gradients kept in evaluation", free, kept, _NO_TAPE, "MiB held")
    yield _row(
        "mean of batch means",
        exact,
        float(np.mean(means)),
        _told(lambda: guards.mean_over_batches(means, [])),
    )
    yield _row(
        "gradients not reset",
        right,
        float(measures.kl(added, test).mean()),
        _told(lambda: guards.check_fresh(runs.Adding(model, test))),
    )


def _row(
    mistake: str,
    right: float | None,
    wrong: float | None,
    guard: str,
    measure: str = "KL, nats",
) -> dict[str, Any]:
    return {
        "mistake": mistake,
        "measure": measure,
        "right": right,
        "wrong": wrong,
        "guard": guard,
    }


def compute(options: Options, output: pathlib.Path) -> Iterator[Result]:
    """Yields the table."""
    del output
    command.look_for_devices()
    yield Result(
        _NAME,
        f"Mistakes, on union_27 of {options.pairs} pairs, {options.train_size} queries",
        "right, wrong: the measure without and with the mistake, of one seed each; "
        "guard: what a check says of the mistake.",
        tuple(_rows(options)),
        dataclasses.asdict(options),
    )


def figures(result: Result) -> list[Figure]:
    """Returns the picture: the KL with each mistake beside the right one."""
    rows = [row for row in result.rows if row["measure"].startswith("KL")]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        places = np.arange(len(rows))
        for name, move, color in (
            ("right", 0.2, "#4aa3df"),
            ("wrong", -0.2, "#d6604d"),
        ):
            values = [row[name] for row in rows]
            axes.barh(places + move, values, 0.4, color=color, label=name)
        axes.set_yticks(places, [row["mistake"] for row in rows])
        axes.invert_yaxis()
        axes.set_xlabel("KL(truth || prediction), nats")
        axes.legend()

    return [Figure(_NAME, "What each mistake makes of the KL.", draw, (7.2, 3.6))]


TOOL = tool.Tool(
    "splits",
    Options,
    compute,
    figures,
    columns={_NAME: ("mistake", "measure", "right", "wrong")},
)

if __name__ == "__main__":
    tool.run(TOOL, "foundations")
