"""Reverse and forward mode on scalars, beside TensorFlow's, and what each costs.

    python -m set_contrastive.foundations.autodiff --output=foundations

The Jacobian of a function from R^n to R^m is computed by an engine of scalars in
reverse mode and by dual numbers, and compared with TensorFlow's GradientTape and
ForwardAccumulator on the same function, written with tensors. All operations are
counted. About ten seconds.
"""

import dataclasses
import pathlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.foundations.derivatives import example
from set_contrastive.foundations.derivatives import forward
from set_contrastive.foundations.derivatives import reverse
from set_contrastive.theory import tool

Array = npt.NDArray[np.float64]

_NAME = "autodiff"


@dataclasses.dataclass(frozen=True)
class Options:
    """Of which functions to compute the Jacobian."""

    # Numbers of inputs and results.
    sizes: tuple[str, ...] = tuple("1x1 1x64 4x64 16x16 64x4 64x1 256x1".split())
    # Seed of the weights and of the point.
    seed: int = 0

    def pairs(self) -> list[tuple[int, int]]:
        """Returns n and m of each size.

        Raises:
          UserError: If a size is not two numbers of at least 1.
        """
        found = []
        for size in self.sizes:
            inputs, _, results = size.partition("x")
            if not (inputs.isdecimal() and results.isdecimal()):
                raise UserError(
                    f"sizes must be inputs x results like 64x4, got {size!r}"
                )
            if min(int(inputs), int(results)) < 1:
                raise UserError(f"sizes must be at least 1, got {size!r}")
            found.append((int(inputs), int(results)))
        return found


def by_tape(function: Callable[[Any], Any], point: Array) -> Array:
    """Returns the Jacobian by TensorFlow's reverse mode."""
    x = tf.constant(point)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = function(x)
    jacobian: Array = tape.jacobian(y, x, experimental_use_pfor=False).numpy()
    return jacobian


def by_accumulator(function: Callable[[Any], Any], point: Array) -> Array:
    """Returns the Jacobian by TensorFlow's forward mode."""
    x, columns = tf.constant(point), []
    for direction in np.eye(len(point)):
        with tf.autodiff.ForwardAccumulator(x, tf.constant(direction)) as accumulator:
            y = function(x)
        columns.append(accumulator.jvp(y).numpy())
    return np.stack(columns, axis=1)


def row(num_inputs: int, num_results: int, seed: int) -> dict[str, Any]:
    """Returns what both modes cost for one size, and how far TensorFlow is."""
    rng = np.random.default_rng((seed, num_inputs, num_results))
    weights = rng.normal(size=(num_results, num_inputs)) / num_inputs**0.5
    point = rng.normal(size=num_inputs)
    function = example.on_scalars(weights)
    started = time.perf_counter()
    backward, work, kept = reverse.jacobian(function, point.tolist())
    between = time.perf_counter()
    along, forward_work = forward.jacobian(function, point.tolist())
    ended = time.perf_counter()
    tensors = example.on_tensors(weights)
    wins = "reverse" if work.total < forward_work.total else "forward"
    return {
        "inputs": num_inputs,
        "results": num_results,
        "function": work.values,
        "reverse": work.total,
        "forward": forward_work.total,
        "reverse_kept": kept,
        "fewer": wins if work.total != forward_work.total else "equal",
        "reverse_ms": 1e3 * (between - started),
        "forward_ms": 1e3 * (ended - between),
        "from_tape": float(np.abs(backward - by_tape(tensors, point)).max()),
        "from_accumulator": float(np.abs(along - by_accumulator(tensors, point)).max()),
    }


def compute(options: Options, output: pathlib.Path) -> Iterator[Result]:
    """Yields the table."""
    del output
    command.look_for_devices()
    sizes = tqdm(options.pairs(), _NAME, unit="size")
    rows = [row(*size, options.seed) for size in sizes]
    yield Result(
        _NAME,
        "Jacobians of functions from R^n to R^m, in reverse and in forward mode",
        "function: elementary operations of the function; reverse, forward: operations "
        "of the whole Jacobian (values, partial derivatives, products); reverse_kept: "
        "numbers kept for the way back, forward mode keeps none; from_*: largest "
        "difference of an entry from TensorFlow's. Counts are exact.",
        tuple(rows),
        dataclasses.asdict(options),
    )


def figures(result: Result) -> list[Figure]:
    """Returns the picture: operations per operation of the function."""
    rows = result.rows
    labels = [f"{row['inputs']} → {row['results']}" for row in rows]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for name, marker in (("reverse", "o"), ("forward", "s")):
            shares = [row[name] / row["function"] for row in rows]
            axes.plot(labels, shares, marker, label=f"{name} mode")
        axes.set_yscale("log")
        axes.set_xlabel("inputs → results")
        axes.set_ylabel("operations, times the function's")
        axes.legend()

    caption = "What a Jacobian costs: reverse mode by results, forward mode by inputs."
    return [Figure(_NAME, caption, draw, (6.4, 4.0))]


TOOL = tool.Tool(
    "autodiff",
    Options,
    compute,
    figures,
    columns={
        _NAME: (
            *("inputs", "results", "function", "reverse", "forward", "reverse_kept"),
            *("fewer", "from_tape", "from_accumulator"),
        )
    },
)

if __name__ == "__main__":
    tool.run(TOOL, "foundations")
