"""A function from R^n to R^m, for numbers of any kind and for tensors.

    s_j = x_j sin(x_j),    y_i = tanh(sum_j w_ij s_j) - log(1 + e^s_k) / (2 + x_k^2)

with k = i mod n.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

Array = npt.NDArray[np.float64]


def on_scalars(weights: Array) -> Callable[[list[Any]], list[Any]]:
    """Returns the function, of a list of n numbers; weights are w, `[m, n]`."""

    def function(x: list[Any]) -> list[Any]:
        s = [a.sin() * a for a in x]
        results = []
        for number, row in enumerate(weights.tolist()):
            mixed = row[0] * s[0]
            for weight, a in zip(row[1:], s[1:], strict=True):
                mixed = mixed + weight * a
            chosen = number % len(x)
            gate = (1.0 + s[chosen].exp()).log() / (2.0 + x[chosen] * x[chosen])
            results.append(mixed.tanh() - gate)
        return results

    return function


def on_tensors(weights: Array) -> Callable[[Any], Any]:
    """Returns the function, of a tensor `[n]`; weights are w, `[m, n]`."""
    num_results, num_inputs = weights.shape
    chosen = np.arange(num_results) % num_inputs

    def function(x: Any) -> Any:
        s = tf.sin(x) * x
        gate = tf.math.log(1 + tf.exp(tf.gather(s, chosen)))
        return tf.tanh(tf.linalg.matvec(tf.constant(weights), s)) - gate / (
            2 + tf.gather(x, chosen) ** 2
        )

    return function
