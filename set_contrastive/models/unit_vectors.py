"""Vectors of length one, whose inner product is the cosine."""

import math
from typing import Any

import keras
from keras import ops


class UnitVectors(keras.layers.Layer):
    """Scales vectors to length one, or to `1 / temperature` of it where one is given.

    Args:
      temperature: The first temperature, or None for unit vectors.
      learned: Whether the temperature is trained, as its logarithm.
      **kwargs: `name` and `dtype` of the layer.
    """

    def __init__(
        self, temperature: float | None = None, learned: bool = False, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.temperature = temperature
        self.learned = learned

    def build(self, *_: Any) -> None:
        """Creates the temperature."""
        if self.temperature is not None:
            self.log_scale = self.add_weight(
                (),
                keras.initializers.Constant(-math.log(self.temperature)),
                name="log_scale",
                trainable=self.learned,
            )

    def call(self, vectors: Any) -> Any:
        """Scales the vectors."""
        unit = ops.normalize(vectors, axis=-1)
        return unit if self.temperature is None else unit * ops.exp(self.log_scale)
