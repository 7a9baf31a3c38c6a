"""Layers between what is read of a query and its vector."""

from typing import Any

import keras

from set_contrastive.models.hidden import HiddenDense


class ProjectionHead(keras.layers.Layer):
    """Residual layers over all that the readouts of a query have read.

        x = V states + c,   x <- x + gelu(W norm(x) + b) for each layer,   norm(x)

    The best vector of a query solves a problem over all keys at once, the harder the
    fewer dimensions there are. What matches a query is read long before it is known
    what vector says so best; these layers learn that, and run once for a query, not
    once for each of its positions.

    Args:
      width: Width of the layers.
      num_layers: Number of layers.
      **kwargs: `name` and `dtype` of the layer.

    Call arguments:
      states: `[batch, n]`.

    Returns:
      `[batch, width]`.
    """

    def __init__(self, width: int, num_layers: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = width
        self.num_layers = num_layers
        self.enter = HiddenDense(width, name="enter", dtype=self.dtype_policy)
        for number in range(num_layers):
            dense = HiddenDense(
                width,
                activation="gelu",
                name=f"dense_{number}",
                dtype=self.dtype_policy,
            )
            # As attributes: tf.train.Checkpoint does not look into lists of layers.
            setattr(self, dense.name, dense)
            setattr(self, f"norm_{number}", self._norm(f"norm_{number}"))
        self.norm = self._norm("norm")

    def _norm(self, name: str) -> keras.layers.LayerNormalization:
        return keras.layers.LayerNormalization(name=name, dtype=self.dtype_policy)

    def build(self, states_shape: tuple[Any, ...]) -> None:
        """Creates the weights."""
        self.enter.build(states_shape)
        wide = (*states_shape[:-1], self.width)
        for number in range(self.num_layers):
            getattr(self, f"norm_{number}").build(wide)
            getattr(self, f"dense_{number}").build(wide)
        self.norm.build(wide)

    def call(self, states: Any) -> Any:
        """Runs the layers."""
        states = self.enter(states)
        for number in range(self.num_layers):
            normed = getattr(self, f"norm_{number}")(states)
            states = states + getattr(self, f"dense_{number}")(normed)
        return self.norm(states)
