"""Embeddings of query symbols and positions."""

from typing import Any

import keras
import numpy as np
from keras import ops

from set_contrastive.games.game import GameSpec
from set_contrastive.models.hidden import HiddenDense

# What is a symbol's own beside its values starts with this length, and those with 1.
_OWN_SHARE = 0.1


class SymbolEmbedding(keras.layers.Layer):
    """Embeds query symbols as the sum of their attribute values and themselves.

    `e(s) = own[s] + sum_a value[attribute_table[s, a]]`, where attribute value 0
    ("none") adds nothing. With `atomic=True` only `own[s]` is left.

    Args:
      spec: Specification of the game whose symbols are embedded.
      d_model: Width of the embeddings.
      atomic: Whether to leave the attribute values out.
      init: How vectors start: `scaled` as N(0, 1 / d_model), `unit` as N(0, 1),
        `orthogonal` by attributes: values as random orthogonal vectors, of length 1 if
        there are no more than d_model, and what is a symbol's own beside them scaled
        and a tenth as long. Where all are drawn at random, the values of one attribute
        may be much closer to each other than those of the others, and that attribute
        is learned last, or never.
      **kwargs: `name` and `dtype` of the layer.

    Call arguments:
      symbols: int32 `[...]`, symbols of the vocabulary.

    Returns:
      `[..., d_model]`.
    """

    def __init__(
        self,
        spec: GameSpec,
        d_model: int,
        atomic: bool,
        init: str = "scaled",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.init = init
        self.spec = spec
        self.d_model = d_model
        self.atomic = atomic
        table = np.array(spec.attribute_table, np.int32)
        self._num_values = int(table.max(initial=0))
        # One-hot sum over the attributes: [vocabulary, values]; "none" is dropped.
        self._has_value = np.zeros((len(table), 1 + self._num_values), np.float32)
        for column in table.T:
            self._has_value[np.arange(len(table)), column] = 1.0
        self._has_value = self._has_value[:, 1:]

    def build(self, *_: Any) -> None:
        """Creates the tables."""
        deviation = 1.0 if self.init == "unit" else self.d_model**-0.5
        normal = keras.initializers.RandomNormal(stddev=deviation)
        has_values = self._num_values and not self.atomic
        orthogonal = bool(has_values) and self.init == "orthogonal"
        shares = np.ones((len(self.spec.vocabulary), 1), np.float32)
        if orthogonal:
            shares[self._has_value.any(axis=1)] = _OWN_SHARE
        self.own = self.add_weight(
            (len(self.spec.vocabulary), self.d_model),
            lambda shape, dtype=None: normal(shape, dtype) * shares,
            name="own",
        )
        if has_values:
            self.value = self.add_weight(
                (self._num_values, self.d_model),
                keras.initializers.Orthogonal() if orthogonal else normal.clone(),
                name="value",
            )
        else:
            self.value = None

    def parts(self) -> np.ndarray[Any, Any]:
        """Returns what embeddings are sums of, float32 `[vocabulary, A + 1, d_model]`.

        These are those of a symbol's values, in order, and last its own; zero for none.
        """
        own = self.own.numpy()
        table = np.array(self.spec.attribute_table, np.int32)  # [vocabulary, A]
        values = np.zeros((1 + self._num_values, self.d_model), np.float32)
        if self.value is not None:
            values[1:] = self.value.numpy()
        return np.hstack([values[table], own[:, None]])

    def call(self, symbols: Any) -> Any:
        """Looks the symbols up."""
        table = ops.cast(self.own, self.compute_dtype)
        if self.value is not None:
            has_value = ops.cast(self._has_value, self.compute_dtype)
            table = table + ops.matmul(has_value, self.value)
        # As a matrix product, since the gradient of a look-up is a serial scatter.
        one_hot = ops.one_hot(
            symbols, len(self.spec.vocabulary), dtype=self.compute_dtype
        )
        return ops.matmul(one_hot, table)


class BlockEmbedding(keras.layers.Layer):
    """Merges the symbols of a block into one position, as ViT does a patch's pixels.

    A query is a row of blocks of `L` symbols, such as the pairs of a set game, each
    with its operator before it:

        block[n] = W [e(s[n L]), ..., e(s[n L + L - 1])] + b

    If the first block lacks symbols, such as the first pair its operator, they are
    padding. So a transformer sees `T / L` positions in place of `T`.

    Args:
      block_length: Number of symbols of a block, `L`.
      **kwargs: `name` and `dtype` of the layer.

    Call arguments:
      states: Embedded symbols, `[batch, T, d_model]`.
      symbols: int32 `[batch, T]`, the query.

    Returns:
      The blocks `[batch, ceil(T / L), d_model]`, and for each a number that is 0 if all
      its symbols are padding, int32 `[batch, ceil(T / L)]`.
    """

    def __init__(self, block_length: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.block_length = block_length

    def build(self, states_shape: tuple[Any, ...], *_: Any) -> None:
        """Creates the weights."""
        d_model = states_shape[-1]
        self.merge = HiddenDense(d_model, name="merge", dtype=self.dtype_policy)
        self.merge.build((None, None, self.block_length * d_model))

    def call(self, states: Any, symbols: Any) -> Any:
        """Merges."""
        batch, length = ops.shape(symbols)
        missing = -length % self.block_length
        blocks = (length + missing) // self.block_length
        states = ops.pad(states, [[0, 0], [missing, 0], [0, 0]])
        symbols = ops.pad(symbols, [[0, 0], [missing, 0]])
        merged = self.merge(
            ops.reshape(states, (batch, blocks, self.block_length * states.shape[-1]))
        )
        shape = (batch, blocks, self.block_length)
        return merged, ops.sum(ops.reshape(symbols, shape), axis=-1)


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
      states: `[batch, ...]`, of which only the number of rows matters.

    Returns:
      `[batch, R, d_model]`.
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
        """Repeats the vectors for each row."""
        shape = (ops.shape(states)[0], self.num_readouts, self.d_model)
        return ops.broadcast_to(ops.cast(self.vectors, self.compute_dtype), shape)
