"""Dense layers between hidden states, and the mark of their matrices."""

from typing import Any

import keras
from keras import ops


class HiddenDense(keras.layers.Dense):
    """A dense layer between hidden states, whose matrix is marked as such.

    Optimizers such as Muon are made for these matrices and leave embeddings and the
    first and last maps to Adam (https://kellerjordan.github.io/posts/muon). A layer
    knows which of them its own are; names do not.
    """

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Creates the weights and marks the matrix."""
        super().build(input_shape)
        self.kernel.maps_hidden_states = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Multiplies all positions as rows of one matrix.

        Keras does so too, by way of `tf.tensordot`: where the batch is known by running
        only, as in an export, that takes eight more ops for each product.
        """
        rows = ops.reshape(inputs, (-1, inputs.shape[-1]))
        mapped = super().call(rows, training=training)
        return ops.reshape(mapped, (*leading_sizes(inputs), self.units))


def leading_sizes(states: Any) -> tuple[Any, ...]:
    """Returns all sizes of an array but the last, to reshape by.

    One that is known by running only is -1, which takes no op; several are looked up.
    """
    sizes = tuple(states.shape[:-1])
    if sizes.count(None) > 1:
        sizes = tuple(ops.shape(states)[:-1])
    return tuple(-1 if size is None else size for size in sizes)


def maps_hidden_states(variable: keras.Variable) -> bool:
    """Whether a weight is the matrix of a `HiddenDense`."""
    return getattr(variable, "maps_hidden_states", False)
