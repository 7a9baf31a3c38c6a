"""Learned vectors of the positions of a query, and of those that read it."""

from typing import Any

import keras
from keras import ops


class PositionEmbedding(keras.layers.Layer):
    """Adds a learned vector to each position, N(0, 0.5 / d_model) at the start.

    A query is a row of blocks, such as the pairs of a set game. Position `i` has the
    vector `block[i // L] + place[i % L]`, where `L` is the length of a block, so that
    symbols of one block find each other by what their positions share.

    In training a query shorter than the longest starts at a block that a hash of its
    symbols chooses, so that all positions are learned from short queries too. The
    choice depends on nothing else, so that it is the same in any batch and on any
    replica; and it is a hash, since a start that says something of the query is read
    in place of the query: with the sum of the symbols modulo 8, a pair's start gave
    away the last attribute of its third card.

    Args:
      num_positions: Largest number of positions, `T`.
      block_length: Number of positions of a block, `L`.
      **kwargs: `name` and `dtype` of the layer.

    Call arguments:
      states: `[batch, positions, d_model]`.
      query: int32 `[batch, T]`, the query's symbols, merged to positions or not.
      training: Whether short queries start at different blocks, or all at the first.

    Returns:
      The shape of `states`.
    """

    def __init__(self, num_positions: int, block_length: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_positions = num_positions
        self.block_length = block_length

    def build(self, states_shape: tuple[Any, ...], *_: Any) -> None:
        """Creates the vectors."""
        d_model = states_shape[-1]
        normal = keras.initializers.RandomNormal(stddev=(0.25 / d_model) ** 0.5)
        num_blocks = -(-self.num_positions // self.block_length)
        self.block = self.add_weight((num_blocks, d_model), normal, name="block")
        self.place = self.add_weight(
            (self.block_length, d_model), normal.clone(), name="place"
        )

    def call(self, states: Any, query: Any, training: bool = False) -> Any:
        """Adds the vectors of the query's positions."""
        length = ops.shape(states)[1]
        positions = ops.reshape(
            self.block[:, None] + self.place, (-1, states.shape[-1])
        )
        if not training:
            return states + positions[:length]
        starts = (self.num_positions - length) // self.block_length + 1
        first = _hash(query)[:, None] % starts * self.block_length
        places = first + ops.arange(length, dtype="int32")
        return states + ops.take(positions, places, axis=0)


def _hash(query: Any) -> Any:
    """Returns a number from 0 to 2^31 - 1 for each row of symbols, int32 `[batch]`.

    A sum of the symbols, each times a number of its place, then the rounds by which
    MurmurHash3 ends, so that the number tells nothing of any symbol. Products overflow,
    as they shall.
    """
    factors = 1 - 1640531527 * ops.arange(ops.shape(query)[1], dtype="int32")
    number = ops.sum(ops.cast(query, "int32") * factors, axis=1)
    for shift, factor in ((16, -2048144789), (13, -1028477387)):
        number = ops.bitwise_xor(number, ops.right_shift(number, shift)) * factor
    return ops.bitwise_and(number, 2**31 - 1)


class SharedPositionEmbedding(keras.layers.Layer):
    """Adds one learned vector to all positions, N(0, 0.5 / d_model) at the start.

    Call arguments:
      states: `[..., positions, d_model]`.

    Returns:
      The same shape.
    """

    def build(self, states_shape: tuple[Any, ...]) -> None:
        """Creates the vector."""
        d_model = states_shape[-1]
        self.position = self.add_weight(
            (d_model,),
            keras.initializers.RandomNormal(stddev=(0.5 / d_model) ** 0.5),
            name="position",
        )

    def call(self, states: Any) -> Any:
        """Adds the vector."""
        return states + self.position


class ReadoutEmbedding(keras.layers.Layer):
    """Learned vectors of the positions that read a query, N(0, 0.5 / d_model) at first.

    Args:
      num_readouts: Number of positions, `R`.
      d_model: Width of the vectors.
      **kwargs: `name` and `dtype` of the layer.

    Call arguments:
      states: What they will read, of which nothing is taken.

    Returns:
      `[1, R, d_model]`, the same for all rows.
    """

    def __init__(self, num_readouts: int, d_model: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_readouts = num_readouts
        self.d_model = d_model

    def build(self, *_: Any) -> None:
        """Creates the vectors."""
        self.vectors = self.add_weight(
            (self.num_readouts, self.d_model),
            keras.initializers.RandomNormal(stddev=(0.5 / self.d_model) ** 0.5),
            name="vectors",
        )

    def call(self, states: Any) -> Any:
        """Returns the vectors."""
        del states
        return ops.cast(self.vectors, self.compute_dtype)[None]
