"""Transformer over query symbols and the positions that read them.

Positions are of two kinds. *Query positions* hold the symbols of the query and attend
to query positions only. *Readout positions* attend to all query positions and to
themselves, so nobody sees them and they do not see each other: any number of them reads
the same query for the price of one position each, exactly as if each were alone.
A two-tower model reads its query with one learned readout; a cross-encoder has one
readout a key, which scores all keys in one pass over `T + K` positions in place of
`K (T + 1)`.
"""

from typing import Any

import keras
from keras import ops

from set_contrastive.config import ModelConfig

_MASKED = -1e9


class ReadoutAttention(keras.layers.Layer):
    """Multi-head attention in which every position sees the query, readouts themselves.

    For position `r`, with queries, keys and values q, k, v of width `d_head` a head,

        out[r] = sum_t p[r, t] v[t] + p[r, self] v[r]
        p[r]   = softmax(q[r] . (k[1..T], k[r]) / sqrt(d_head))

    over the query positions `t` that are not padding; the term `self` exists for
    readouts only. keras.layers.MultiHeadAttention can express this only with a mask
    over all `(T + K)^2` pairs of positions. Taking turns on 2 CPU cores that took 1.2
    times as long with 1 readout, 1.3 times with 27 and 1.6 times with 81 (forward and
    backward under XLA, 16 symbols, 64 wide: benchmarks/attention.py).

    Args:
      num_heads: Number of heads; divides the width of the states.
      readouts_only: Whether to return the readout positions alone.
      **kwargs: `name` and `dtype` of the layer.

    Call arguments:
      states: `[batch, T + R, d_model]`, query positions first.
      mask: bool `[batch, T]`, False at padding.

    Returns:
      `[batch, T + R, d_model]`, or `[batch, R, d_model]` with `readouts_only`.
    """

    def __init__(self, num_heads: int, readouts_only: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.readouts_only = readouts_only

    def build(self, states_shape: tuple[Any, ...], *_: Any) -> None:
        """Creates the projections."""
        d_model = states_shape[-1]
        # A bias of the keys cancels in the softmax and one of the values adds up with
        # the projection's: Adam would blow their rounding errors up to random walks.
        for name, width, use_bias in (
            ("query", d_model, True),
            ("key_value", 2 * d_model, False),
            ("projection", d_model, True),
        ):
            dense = keras.layers.Dense(
                width, use_bias=use_bias, name=name, dtype=self.dtype_policy
            )
            dense.build(states_shape)
            setattr(self, name, dense)

    def call(self, states: Any, mask: Any) -> Any:
        """Attends."""
        length = ops.shape(mask)[1]
        q = self._split_heads(
            self.query(states[:, length:] if self.readouts_only else states)
        )
        k, v = map(self._split_heads, ops.split(self.key_value(states), 2, axis=-1))
        own_k, own_v = (x[:, length:] if self.readouts_only else x for x in (k, v))
        q = q * float(q.shape[-1] ** -0.5)
        seen = ops.einsum("brhd,bthd->bhrt", q, k[:, :length])
        own = ops.expand_dims(ops.einsum("brhd,brhd->bhr", q, own_k), -1)
        seen = ops.where(mask[:, None, None, :], ops.cast(seen, "float32"), _MASKED)
        own = ops.cast(own, "float32")
        if not self.readouts_only:
            is_readout = ops.arange(ops.shape(states)[1]) >= length
            own = ops.where(is_readout[:, None], own, _MASKED)
        shares = ops.softmax(ops.concatenate([seen, own], axis=-1), axis=-1)
        shares = ops.cast(shares, self.compute_dtype)
        out = ops.einsum("bhrt,bthd->brhd", shares[..., :-1], v[:, :length])
        out = out + ops.einsum("bhr,brhd->brhd", shares[..., -1], own_v)
        return self.projection(
            ops.reshape(out, (*ops.shape(out)[:2], states.shape[-1]))
        )

    def _split_heads(self, x: Any) -> Any:
        batch, length, width = ops.shape(x)
        return ops.reshape(x, (batch, length, self.num_heads, width // self.num_heads))


class TransformerBlock(keras.layers.Layer):
    """Pre-norm block: attention, then two dense layers, each added to its input.

    Args:
      d_ff: Width of the inner dense layer.
      num_heads: Number of attention heads.
      readouts_only: Whether to return the readout positions alone.
      **kwargs: `name` and `dtype` of the layer.

    Call arguments: as `ReadoutAttention`.
    """

    def __init__(
        self, d_ff: int, num_heads: int, readouts_only: bool = False, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.d_ff = d_ff
        self.readouts_only = readouts_only
        self.attention = ReadoutAttention(
            num_heads, readouts_only, name="attention", dtype=self.dtype_policy
        )

    def build(self, states_shape: tuple[Any, ...], *_: Any) -> None:
        """Creates the normalizations and dense layers."""
        d_model = states_shape[-1]
        policy = self.dtype_policy
        self.attention_norm = keras.layers.LayerNormalization(
            name="attention_norm", dtype=policy
        )
        self.dense_norm = keras.layers.LayerNormalization(
            name="dense_norm", dtype=policy
        )
        self.inner = keras.layers.Dense(
            self.d_ff, activation="relu", name="inner", dtype=policy
        )
        self.outer = keras.layers.Dense(d_model, name="outer", dtype=policy)
        for layer in (self.attention_norm, self.attention, self.dense_norm, self.inner):
            layer.build(states_shape)
        self.outer.build((*states_shape[:-1], self.d_ff))

    def call(self, states: Any, mask: Any) -> Any:
        """Runs the block."""
        attended = self.attention(self.attention_norm(states), mask)
        if self.readouts_only:
            states = states[:, ops.shape(mask)[1] :]
        states = states + attended
        return states + self.outer(self.inner(self.dense_norm(states)))


class Transformer(keras.layers.Layer):
    """Stack of blocks; returns what the readouts have read.

    The last `num_readout_layers` blocks change the readouts only, each reading the same
    states of the query again. One is enough for the last block's output; further ones
    give depth to what is made of the whole query at the price of one position each.

    Args:
      config: Sizes of the blocks and their number.
      **kwargs: `name` and `dtype` of the layer.

    Call arguments:
      query_states: Embedded query, `[batch, T, d_model]`.
      readouts: Embedded readout positions, `[batch, R, d_model]`.
      mask: bool `[batch, T]`, False at padding.

    Returns:
      Normalized states of the readouts, `[batch, R, d_model]`.
    """

    def __init__(self, config: ModelConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_layers = config.num_layers
        for number in range(config.num_layers):
            block = TransformerBlock(
                config.d_ff,
                config.num_heads,
                readouts_only=number >= config.num_layers - config.num_readout_layers,
                name=f"block_{number}",
                dtype=self.dtype_policy,
            )
            # As attributes: tf.train.Checkpoint does not look into lists of layers.
            setattr(self, block.name, block)
        self.norm = keras.layers.LayerNormalization(
            name="norm", dtype=self.dtype_policy
        )

    @property
    def blocks(self) -> list[TransformerBlock]:
        """The blocks, the first one first."""
        return [getattr(self, f"block_{number}") for number in range(self.num_layers)]

    def build(self, states_shape: tuple[int | None, ...], *_: Any) -> None:
        """Creates the weights of all blocks."""
        for layer in (*self.blocks, self.norm):
            layer.build((states_shape[0], None, states_shape[-1]))

    def call(self, query_states: Any, readouts: Any, mask: Any) -> Any:
        """Reads the query."""
        length = ops.shape(mask)[1]
        for block in self.blocks:
            states = block(ops.concatenate([query_states, readouts], axis=1), mask)
            if block.readouts_only:
                readouts = states
            else:
                query_states, readouts = states[:, :length], states[:, length:]
        return self.norm(readouts)
