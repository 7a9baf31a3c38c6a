"""Embeddings of query symbols, and of blocks of them."""

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

    def call(self, symbols: Any, training: bool = False) -> Any:
        """Looks the symbols up."""
        table = ops.cast(self.own, self.compute_dtype)
        if self.value is not None:
            has_value = ops.cast(self._has_value, self.compute_dtype)
            table = table + ops.matmul(has_value, self.value)
        if not training:
            return ops.take(table, symbols, axis=0)
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
