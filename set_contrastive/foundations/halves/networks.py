"""A multi-layer perceptron as plain functions of its weights, and as a Keras model.

h_0 = x,    h_i = relu(h_(i-1) W_i + b_i),    scores = h_(L-1) W_L + b_L
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from set_contrastive.games import registry

GAME = "wildcard_27"


class Size(NamedTuple):
    """A network, and how it is trained by default.

    Attributes:
      widths: Of the hidden layers.
      steps: Number of steps.
      learning_rate: Adam's; wider networks bear less.
    """

    widths: tuple[int, ...]
    steps: int
    learning_rate: float


# With 130 inputs and 27 scores these are 116 thousand, 2.5 million and 160 million
# parameters.
SIZES = {
    "116k": Size((270, 270), 100, 1e-3),
    "2.5M": Size((1080, 1080, 1080), 40, 3e-4),
    "160M": Size((8900, 8900, 8900), 40, 3e-5),
}

Weights = list[npt.NDArray[np.float32]]


def initial(widths: Sequence[int], seed: int) -> Weights:
    """Returns W_1, b_1, ..., W_L, b_L: N(0, 2 / inputs) and zeros."""
    spec = registry.get(GAME).spec
    sides = [spec.query_length * len(spec.vocabulary), *widths, spec.num_keys]
    rng = np.random.default_rng(seed)
    weights = []
    for inputs, outputs in zip(sides[:-1], sides[1:], strict=True):
        drawn = rng.standard_normal((inputs, outputs), np.float32)
        drawn *= np.float32((2 / inputs) ** 0.5)
        weights += [drawn, np.zeros(outputs, np.float32)]
    return weights


def batches(steps: int, batch_size: int, seed: int) -> Iterator[tuple[Any, Any]]:
    """Yields one-hot queries, float32 `[B, T V]`, and key masks, bool `[B, K]`."""
    game = registry.get(GAME)
    rng = np.random.default_rng((seed, 1))
    eye = np.eye(len(game.spec.vocabulary), dtype=np.float32)
    for _ in range(steps):
        queries = game.sample(rng, batch_size)
        x = eye[queries].reshape(batch_size, -1)
        yield tf.constant(x), tf.constant(game.answer(queries))


def forward(
    weights: Sequence[Any], x: Any, relu: Callable[[Any], Any] = tf.nn.relu
) -> Any:
    """Returns scores `[B, K]`, in the type of the weights; `relu` activates."""
    h = tf.cast(x, weights[0].dtype)
    last = len(weights) - 2
    for place in range(0, len(weights), 2):
        # The operations of Keras's Dense, which TensorFlow may run as one.
        h = tf.nn.bias_add(tf.matmul(h, weights[place]), weights[place + 1])
        if place < last:
            h = relu(h)
    return h


def loss(scores: Any, mask: Any) -> Any:
    """Returns the mean cross-entropy to a uniform matching key, in the scores' type."""
    truth = tf.cast(mask, tf.float32)
    truth = tf.cast(truth / tf.reduce_sum(truth, axis=1, keepdims=True), scores.dtype)
    log_p = tf.nn.log_softmax(scores)
    return -tf.reduce_mean(tf.reduce_sum(truth * log_p, axis=1))


def keras_model(weights: Weights, policy: str) -> keras.Model:
    """Returns the same network as a Keras model, under a precision policy."""
    layers: list[Any] = [keras.Input((weights[0].shape[0],))]
    for place in range(0, len(weights), 2):
        is_last = place == len(weights) - 2
        layers.append(
            keras.layers.Dense(
                weights[place].shape[1],
                activation=None if is_last else "relu",
                dtype=policy,
            )
        )
    model = keras.Sequential(layers)
    model.set_weights([w.copy() for w in weights])  # As in steps.py.
    return model
