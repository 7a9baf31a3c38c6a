"""Gradients against central finite differences.

    df/dx_i = (f(x + h e_i) - f(x - h e_i)) / 2h + O(h^2)

A function with many results is reduced to `sum u f(x)` with random u, whose gradient is
what a gradient function returns for u.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

STEP = 1e-5  # h; about the cube root of float64's rounding, where both errors meet.


@dataclasses.dataclass(frozen=True)
class Case:
    """A function whose gradient is to be checked.

    Attributes:
      name: Its name.
      function: Takes and returns tensors.
      arguments: Names of its arguments.
      draw: Draws the arguments, float64.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]
    draw: Callable[[np.random.Generator], list[Any]]


def check(cases: Iterable[Case], seed: int) -> Iterator[dict[str, Any]]:
    """Yields a row for each argument of each function."""
    for case in cases:
        rng = np.random.default_rng(seed)
        values = [np.asarray(value, np.float64) for value in case.draw(rng)]
        tensors = [tf.constant(value) for value in values]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            result = case.function(*tensors)
        upstream = np.asarray(rng.normal(size=result.shape))
        given = tf.constant(upstream)
        gradients = tape.gradient(result, tensors, output_gradients=given)
        for place, (name, gradient) in enumerate(
            zip(case.arguments, gradients, strict=True)
        ):
            expected = differences(case.function, values, place, upstream)
            error = np.abs(gradient.numpy() - expected).max() / np.abs(expected).max()
            yield {
                "function": case.name,
                "argument": name,
                "numbers": gradient.numpy().size,
                "relative_error": float(error),
            }


def differences(
    function: Callable[..., Any],
    values: list[npt.NDArray[np.float64]],
    place: int,
    upstream: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Returns the gradient of `sum upstream * function(*values)` by one argument."""

    def at(index: tuple[int, ...], move: float) -> float:
        moved = [value.copy() for value in values]
        moved[place][index] += move
        return float(np.sum(upstream * function(*map(tf.constant, moved)).numpy()))

    found = np.empty_like(values[place])
    for index in np.ndindex(found.shape):
        found[index] = (at(index, STEP) - at(index, -STEP)) / (2 * STEP)
    return found
