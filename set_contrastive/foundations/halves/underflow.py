"""Which gradients are too small for 16 bits."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from set_contrastive.foundations.halves import networks
from set_contrastive.foundations.halves.steps import Step

# Half of the least positive number of a type, which is rounded to 0.
_LEAST = {"float32": 2.0**-150, "float16": 2.0**-25, "bfloat16": 2.0**-134}


def share(step: Step, x: Any, mask: Any) -> float:
    """Returns the share of gradient entries that underflow in a step's types.

    Of the entries that are not 0 in float32, at the same weights and batch, and with
    the same units active: those that are 0 in the step's types and, times its scale, no
    larger than what they round to 0. Rounding makes others 0: it switches a ReLU off,
    or a sum cancels.
    """
    dtype, scale, active = step.compute_dtype, step.scale(), list[Any]()

    def note(h: Any) -> Any:
        active.append(tf.cast(h > 0, tf.float32))
        return tf.nn.relu(h)

    masters = [tf.cast(w.value, dtype) for w in step.weights]
    found = _gradients(masters, scale, x, mask, note)
    masters = [tf.cast(w, tf.float32) for w in masters]
    exact = _gradients(masters, 1.0, x, mask, lambda h: h * active.pop(0))
    lost = sum(
        int(
            tf.math.count_nonzero(
                (a != 0) & (b == 0) & (_size(a) * scale <= _LEAST[dtype])
            )
        )
        for a, b in zip(exact, found, strict=True)
    )
    return lost / max(sum(int(tf.math.count_nonzero(a)) for a in exact), 1)


def _size(gradient: Any) -> Any:
    return tf.abs(tf.cast(gradient, tf.float64))


def _gradients(
    weights: Sequence[Any],
    scale: float,
    x: Any,
    mask: Any,
    relu: Callable[[Any], Any],
) -> list[Any]:
    with tf.GradientTape() as tape:
        tape.watch(weights)
        scores = networks.forward(weights, x, relu)
        scaled = networks.loss(tf.cast(scores, tf.float32), mask) * scale
    gradients: list[Any] = tape.gradient(scaled, weights)
    return gradients
