"""Vectors of a query from what its readouts say of each key."""

from typing import Any

import keras
from keras import ops

from set_contrastive.models.projection_head import ProjectionHead

# What models call this layer.
VECTORS = "vectors"

# A key whose share is 1 / (16 K) counts as half a match: the least share of a key that
# does match is 1 / K, and of one that does not a reader at its end leaves next to none.
_HALF = 16


class FittedVectors(keras.layers.Layer):
    """Maps which keys match a query to vectors of the query.

    With the readouts' scores r of the K keys,

        p = softmax(r),    m_j = p_j / (p_j + 1 / (16 K)),    vectors = W head(2 m - 1).

    The softmax over a subset is the smaller the larger the subset is; m_j is near 1 for
    the keys in it, whatever its size, and near 0 for others, with a gradient between.

    Args:
      shape: Of the vectors, `(query_vectors, vector_dim)`.
      width: Width of the head.
      num_layers: Its residual layers.
      gain: Vectors are this times their weights, which start as much smaller.
      **kwargs: `name` and `dtype` of the layer.

    Call arguments:
      readout_scores: `[batch, K]`.

    Returns:
      `[batch, query_vectors, vector_dim]`.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        width: int,
        num_layers: int,
        gain: float,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.shape = shape
        self.gain = gain
        self.head = ProjectionHead(width, num_layers, name="head", dtype=self.dtype)
        self.to_vectors = keras.layers.Dense(
            shape[0] * shape[1],
            kernel_initializer=keras.initializers.VarianceScaling(
                gain**-2, "fan_avg", "uniform"
            ),
            name="to_vectors",
            dtype=self.dtype,
        )

    def build(self, scores_shape: tuple[Any, ...]) -> None:
        """Creates the weights."""
        self.head.build(scores_shape)
        self.to_vectors.build((*scores_shape[:-1], self.head.width))

    def call(self, readout_scores: Any) -> Any:
        """Maps."""
        shares = ops.softmax(readout_scores)
        matches = shares / (shares + 1 / (_HALF * shares.shape[-1]))
        vectors = self.to_vectors(self.head(2 * matches - 1)) * self.gain
        return ops.reshape(vectors, (-1, *self.shape))
