"""Which gradients become 0 in 16 bits."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from set_contrastive.foundations.halves import networks
from set_contrastive.foundations.halves.steps import Step


def share(step: Step, x: Any, mask: Any) -> float:
    """Returns the share of gradient entries that are 0 in a step's types alone.

    Of the entries that are not 0 in float32, at the same weights and batch.
    """
    masters = [tf.cast(w.value, tf.float32) for w in step.weights]
    exact = _gradients(masters, "float32", 1.0, x, mask)
    found = _gradients(masters, step.compute_dtype, step.scale(), x, mask)
    lost = sum(
        int(tf.math.count_nonzero((a != 0) & (b == 0)))
        for a, b in zip(exact, found, strict=True)
    )
    return lost / max(sum(int(tf.math.count_nonzero(a)) for a in exact), 1)


def _gradients(
    masters: Sequence[Any], dtype: str, scale: float, x: Any, mask: Any
) -> list[Any]:
    weights = [tf.cast(w, dtype) for w in masters]
    with tf.GradientTape() as tape:
        tape.watch(weights)
        scores = networks.forward(weights, x)
        scaled = networks.loss(tf.cast(scores, tf.float32), mask) * scale
    gradients: list[Any] = tape.gradient(scaled, weights)
    return gradients
