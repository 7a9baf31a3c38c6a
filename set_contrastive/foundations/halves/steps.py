"""A step of training in each precision.

float16 has 5 bits of exponent and 10 of fraction: the least positive number is 2^-24,
the largest 65504, and 1 + 2^-11 is 1. So small gradients become 0, large ones infinite,
and a small update of a weight is lost (Micikevicius et al., arXiv 1710.03740). bfloat16
has the exponent of float32 and 7 bits of fraction.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import keras
import tensorflow as tf

from set_contrastive.foundations.halves import networks
from set_contrastive.foundations.halves.networks import Weights

FIRST_SCALE = 2.0**15
GROWTH_STEPS = 2000


class Step(Protocol):
    """What takes steps in one precision.

    Attributes:
      weights: The weights that the optimizer changes.
      compute_dtype: Type of matrix products.
    """

    weights: Sequence[Any]
    compute_dtype: str

    def __call__(self, x: Any, mask: Any) -> Any:
        """Takes a step, and returns the loss before it."""

    def scale(self) -> float:
        """Returns by how much the loss is multiplied."""


def _variables(weights: Weights, dtype: str) -> list[keras.Variable]:
    """Returns variables of copies: TensorFlow may change an array that it was given."""
    return [keras.Variable(w.copy(), dtype=dtype) for w in weights]


class Plain:
    """Everything in one type: weights, gradients, loss and Adam's moments.

    Args:
      weights: Where to start.
      dtype: float32 or float16.
      rate: Adam's learning rate.
    """

    def __init__(self, weights: Weights, dtype: str, rate: float):
        self.weights: Sequence[Any] = _variables(weights, dtype)
        self.compute_dtype = dtype
        self._optimizer = keras.optimizers.Adam(rate)
        self._optimizer.build(self.weights)
        self._call = tf.function(self._step)

    def scale(self) -> float:
        """Returns 1."""
        return 1.0

    def __call__(self, x: Any, mask: Any) -> Any:
        """Takes a step."""
        return self._call(x, mask)

    def _step(self, x: Any, mask: Any) -> Any:
        values = [w.value for w in self.weights]
        with tf.GradientTape() as tape:
            tape.watch(values)
            loss = networks.loss(networks.forward(values, x), mask)
        self._optimizer.apply(tape.gradient(loss, values), self.weights)
        return loss


class ByHand:
    """Mixed precision written out.

    Args:
      weights: Where to start.
      rate: Adam's learning rate.
      growth_steps: Steps without overflow after which the loss scale doubles.
    """

    compute_dtype = "float16"

    def __init__(self, weights: Weights, rate: float, growth_steps: int = GROWTH_STEPS):
        # 1. Master weights are float32, since an update of less than 2^-11 of a weight
        # would be lost in float16.
        self.weights: Sequence[Any] = _variables(weights, "float32")
        self._optimizer = keras.optimizers.Adam(rate)
        self.compute_dtype = "float16"
        self._optimizer.build(self.weights)
        self._scale = tf.Variable(FIRST_SCALE)
        self._good_steps = tf.Variable(0)
        self._growth_steps = growth_steps
        self._call = tf.function(self._step)

    def scale(self) -> float:
        """Returns the loss scale."""
        return float(self._scale.numpy())

    def __call__(self, x: Any, mask: Any) -> Any:
        """Takes a step, or halves the scale if a gradient overflows."""
        return self._call(x, mask)

    def _step(self, x: Any, mask: Any) -> Any:
        # 2. Products are of a float16 copy: half the memory to move, and tensor cores.
        halves = [tf.cast(w.value, tf.float16) for w in self.weights]
        with tf.GradientTape() as tape:
            tape.watch(halves)
            scores = networks.forward(halves, x)
            # 3. The loss is float32: a sum of many exponentials of few bits is not.
            loss = networks.loss(tf.cast(scores, tf.float32), mask)
            # 4. Times the scale, so that small gradients do not become 0 on their way.
            scaled = loss * self._scale
        gradients = tape.gradient(scaled, halves)
        # 5. Gradients get their true size in float32, where it does not matter.
        gradients = [tf.cast(g, tf.float32) / self._scale for g in gradients]
        # 6. One that overflowed leaves the weights as they are.
        finite = [tf.reduce_all(tf.math.is_finite(g)) for g in gradients]
        tf.cond(
            tf.reduce_all(finite), lambda: self._apply(gradients), self._lower_scale
        )
        return loss

    def _apply(self, gradients: Sequence[Any]) -> Any:
        self._optimizer.apply(gradients, self.weights)
        # 7. The scale is as large as it can be: it doubles after many good steps.
        is_due = self._good_steps >= self._growth_steps - 1
        self._scale.assign(tf.where(is_due, self._scale * 2, self._scale))
        self._good_steps.assign(tf.where(is_due, 0, self._good_steps + 1))
        return True

    def _lower_scale(self) -> Any:
        self._scale.assign(self._scale / 2)
        self._good_steps.assign(0)
        return True


class Policy:
    """A Keras model under a precision policy, with a LossScaleOptimizer for float16.

    Args:
      weights: Where to start.
      policy: mixed_float16 or mixed_bfloat16.
      rate: Adam's learning rate.
      growth_steps: Steps without overflow after which the loss scale doubles.
    """

    def __init__(
        self,
        weights: Weights,
        policy: str,
        rate: float,
        growth_steps: int = GROWTH_STEPS,
    ):
        self._model = networks.keras_model(weights, policy)
        self.weights: Sequence[Any] = self._model.trainable_variables
        self.compute_dtype = policy.removeprefix("mixed_")
        self._optimizer: Any = keras.optimizers.Adam(rate)
        self._scales = policy == "mixed_float16"
        if self._scales:
            self._optimizer = keras.optimizers.LossScaleOptimizer(
                self._optimizer, FIRST_SCALE, growth_steps
            )
        self._optimizer.build(self.weights)
        self._call = tf.function(self._step)

    def scale(self) -> float:
        """Returns the loss scale, 1 without one."""
        return float(self._optimizer.scale_loss(1.0))

    def __call__(self, x: Any, mask: Any) -> Any:
        """Takes a step."""
        return self._call(x, mask)

    def _step(self, x: Any, mask: Any) -> Any:
        values = [w.value for w in self.weights]
        with tf.GradientTape() as tape:
            scores = self._model(x, training=True)
            loss = networks.loss(tf.cast(scores, tf.float32), mask)
            scaled = self._optimizer.scale_loss(loss)
        self._optimizer.apply(tape.gradient(scaled, values), self.weights)
        return loss


def build(precision: str, weights: Weights, rate: float) -> Step:
    """Returns what takes steps in a precision, one of `PRECISIONS`."""
    if precision == "by_hand":
        return ByHand(weights, rate)
    if precision.startswith("mixed_"):
        return Policy(weights, precision, rate)
    return Plain(weights, precision, rate)


PRECISIONS = ("float32", "float16", "by_hand", "mixed_float16", "mixed_bfloat16")
