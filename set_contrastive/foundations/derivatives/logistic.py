"""The three functions of logistic regression, with gradients written by hand.

    z = x w + b,    p = 1 / (1 + exp(-z)),    L = -mean(y log p + (1 - y) log(1 - p))

Each takes the gradient `u` of the loss by its result and returns those by its
arguments, so TensorFlow's tape only chains them.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from set_contrastive.foundations.derivatives.finite_differences import Case


@tf.custom_gradient
def linear(x: Any, weight: Any, bias: Any) -> Any:
    """Returns `x w + b`, `[n, 1]`; gradients `u w^T`, `x^T u`, `sum_n u`.

    Args:
      x: `[n, f]`.
      weight: `[f, 1]`.
      bias: `[1]`.
    """

    def gradient(u: Any) -> tuple[Any, Any, Any]:
        return (
            tf.matmul(u, weight, transpose_b=True),
            tf.matmul(x, u, transpose_a=True),
            tf.reduce_sum(u, axis=0),
        )

    return tf.matmul(x, weight) + bias, gradient


@tf.custom_gradient
def sigmoid(z: Any) -> Any:
    """Returns `p = 1 / (1 + exp(-z))`; gradient `u p (1 - p)`.

    With e = exp(-|z|), which cannot overflow, it is 1 / (1 + e) for z >= 0 and
    e / (1 + e) below.
    """
    small = tf.exp(-tf.abs(z))
    p = tf.where(z >= 0, tf.ones_like(z), small) / (1 + small)

    def gradient(u: Any) -> Any:
        return u * p * (1 - p)

    return p, gradient


@tf.custom_gradient
def loss(p: Any, y: Any) -> Any:
    """Returns the mean cross-entropy in nats; gradient `u (p - y) / (p (1 - p) n)`.

    Args:
      p: Probability of label 1, `[n, 1]`, inside of (0, 1).
      y: Labels 0 or 1, `[n, 1]`; their gradient `u log((1 - p) / p) / n` is that of
        soft labels.
    """
    count = tf.cast(tf.size(p), p.dtype)
    value = -tf.reduce_sum(y * tf.math.log(p) + (1 - y) * tf.math.log(1 - p)) / count

    def gradient(u: Any) -> tuple[Any, Any]:
        by_p = u * (p - y) / (p * (1 - p) * count)
        return by_p, u * tf.math.log((1 - p) / p) / count

    return value, gradient


def _linear_arguments(rng: np.random.Generator) -> list[Any]:
    return [rng.normal(size=shape) for shape in ((7, 3), (3, 1), (1,))]


def _sigmoid_arguments(rng: np.random.Generator) -> list[Any]:
    return [rng.normal(scale=3.0, size=(9, 1))]


def _loss_arguments(rng: np.random.Generator) -> list[Any]:
    return [rng.uniform(0.05, 0.95, (9, 1)), rng.uniform(size=(9, 1))]


# What `finite_differences.check` is to look at.
CASES = (
    Case("linear", linear, ("x", "weight", "bias"), _linear_arguments),
    Case("sigmoid", sigmoid, ("z",), _sigmoid_arguments),
    Case("loss", loss, ("p", "y"), _loss_arguments),
)
