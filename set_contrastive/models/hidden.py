"""The mark of matrices that map hidden states to hidden states."""

from typing import Any

import keras


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


def maps_hidden_states(variable: keras.Variable) -> bool:
    """Whether a weight is the matrix of a `HiddenDense`."""
    return getattr(variable, "maps_hidden_states", False)
