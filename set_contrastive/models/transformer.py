"""Transformer over query symbols, and the positions that read them.

Positions are of two kinds. *Query positions* hold what was asked and attend to each
other. *Readout positions* attend to the query positions, and nobody attends to them, so
any number of them reads the same query for the price of one position each, exactly as
if each were alone. A two-tower model reads its query with a few learned readouts; a
cross-encoder has one readout per key, so it scores all keys in one pass over `T + K`
positions in place of `K (T + 1)`.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.models.hidden import HiddenDense
from set_contrastive.models.hidden import leading_sizes

_MASKED = -1e9


class Attention(keras.layers.Layer):
    """Multi-head attention, with softmax in float32 under every precision.

    Keras's MultiHeadAttention holds a projection as a tensor of three axes, one for
    the heads, which the optimizer Muon takes for no matrix and leaves to Adam; here it
    is a matrix. There are no biases: one of the keys cancels in the softmax and one of
    the values adds up with the next layer's, so Adam would blow their rounding errors
    up to random walks.

    Args:
      num_heads: Number of heads; divides the width of the states.
      **kwargs: `name` and `dtype` of the layer.

    Call arguments:
      states: The positions that attend, `[batch, R, d_model]`, or `[1, R, d_model]` if
        they are the same in all rows.
      memory: What they attend to, `[batch, T, d_model]`.
      mask: bool `[batch, T]`, False at what is not seen; or `[batch, R, T]`, for each
        position that attends.

    Returns:
      `[batch, R, d_model]`.
    """

    def __init__(self, num_heads: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, states_shape: tuple[Any, ...], *_: Any) -> None:
        """Creates the projections."""
        d_model = states_shape[-1]
        for name, width in (
            ("query", d_model),
            ("key_value", 2 * d_model),
            ("projection", d_model),
        ):
            dense = HiddenDense(
                width, use_bias=False, name=name, dtype=self.dtype_policy
            )
            dense.build(states_shape)
            setattr(self, name, dense)

    def call(
        self, states: Any, memory: Any, mask: Any, training: bool | None = None
    ) -> Any:
        """Attends."""
        q = self._split_heads(self.query(states))
        k, v = map(self._split_heads, ops.split(self.key_value(memory), 2, axis=-1))
        seen = mask[:, None, None] if len(mask.shape) == 2 else mask[:, None]
        inputs = (q * float(q.shape[-1] ** -0.5), k, v, seen)
        read = ops.custom_gradient(_read)(*inputs) if training else _read(*inputs)[0]
        read = ops.transpose(read, (0, 2, 1, 3))
        shape = (*leading_sizes(read)[:2], states.shape[-1])
        return self.projection(ops.reshape(read, shape))

    def _split_heads(self, x: Any) -> Any:
        width = x.shape[-1] // self.num_heads
        heads = ops.reshape(x, (*leading_sizes(x), self.num_heads, width))
        return ops.transpose(heads, (0, 2, 1, 3))


def _read(q: Any, k: Any, v: Any, seen: Any) -> tuple[Any, Callable[..., Any]]:
    """Returns what positions read, `softmax(q k^T) v`, and the gradient of it.

    The gradient is the usual one. It is written out since XLA folds a transposition
    into the product behind it, and many small products then take two or three times as
    long on a CPU: so the factors of the logits' gradient are transposed, not itself.

    Args:
      q: What positions ask, `[batch, heads, R, d]`.
      k: What answers to it, `[batch, heads, T, d]`.
      v: What is read, as `k`.
      seen: bool, of a shape that broadcasts to `[batch, heads, R, T]`.
    """
    logits = ops.cast(ops.matmul(q, _flip(k)), "float32")
    shares = ops.softmax(ops.where(seen, logits, _MASKED), axis=-1)

    def gradient(*args: Any, upstream: Any = None) -> tuple[Any, ...]:
        (of_read,) = args if upstream is None else (upstream,)
        of_shares = ops.cast(ops.matmul(of_read, _flip(v)), "float32")
        mean = ops.sum(of_shares * shares, axis=-1, keepdims=True)
        flipped = _flip(shares)
        of_q = ops.matmul(ops.cast(shares * (of_shares - mean), q.dtype), k)
        if q.shape[0] == 1:  # The same for all rows.
            of_q = ops.sum(of_q, axis=0, keepdims=True)
        of_flipped = flipped * (_flip(of_shares) - _flip(mean))
        of_k = _times(ops.cast(of_flipped, q.dtype), q)
        of_v = ops.matmul(ops.cast(flipped, v.dtype), of_read)
        return of_q, of_k, of_v, None

    return ops.matmul(ops.cast(shares, v.dtype), v), gradient


def _times(matrices: Any, others: Any) -> Any:
    """Returns `matrices @ others`, of which there may be one matrix for all."""
    if others.shape[:2] != (1, 1):
        return ops.matmul(matrices, others)
    # TensorFlow 2.21 writes past its memory here, on a CPU: its issue 117700.
    rows = ops.reshape(matrices, (-1, others.shape[2]))
    sizes = (*leading_sizes(matrices), others.shape[3])
    return ops.reshape(ops.matmul(rows, others[0, 0]), sizes)


def _flip(matrices: Any) -> Any:
    return ops.swapaxes(matrices, -1, -2)


class TransformerBlock(keras.layers.Layer):
    """Pre-norm block: attention, then two dense layers, each added to its input.

    Args:
      d_ff: Width of the inner dense layer.
      num_heads: Number of attention heads.
      **kwargs: `name` and `dtype` of the layer.

    Call arguments:
      states: The positions that attend, `[batch, R, d_model]` or `[1, R, d_model]`.
      mask: bool `[batch, T]`, False at padding.
      memory: What they attend to, normalized, `[batch, T, d_model]`; None for
        themselves.

    Returns:
      `[batch, R, d_model]`.
    """

    def __init__(self, d_ff: int, num_heads: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.d_ff = d_ff
        self.num_heads = num_heads

    def build(self, states_shape: tuple[Any, ...], *_: Any) -> None:
        """Creates the layers."""
        d_model = states_shape[-1]
        policy = self.dtype_policy
        self.attention = Attention(self.num_heads, name="attention", dtype=policy)
        self.attention_norm = keras.layers.LayerNormalization(
            name="attention_norm", dtype=policy
        )
        self.dense_norm = keras.layers.LayerNormalization(
            name="dense_norm", dtype=policy
        )
        self.inner = HiddenDense(
            self.d_ff, activation="relu", name="inner", dtype=policy
        )
        self.outer = HiddenDense(d_model, name="outer", dtype=policy)
        for layer in (self.attention, self.attention_norm, self.dense_norm, self.inner):
            layer.build(states_shape)
        self.outer.build((*states_shape[:-1], self.d_ff))

    def call(self, states: Any, mask: Any, memory: Any = None) -> Any:
        """Runs the block."""
        normed = self.attention_norm(states)
        seen = normed if memory is None else memory
        states = states + self.attention(normed, seen, mask)
        return states + self.outer(self.inner(self.dense_norm(states)))


class Transformer(keras.layers.Layer):
    """Stack of blocks; returns what the readouts have read.

    The first blocks change the query positions. The last `num_readout_layers` change
    the readouts, each reading the same states of the query again, which gives depth to
    what is made of the whole query at the price of the readouts alone.

    Args:
      config: Sizes of the blocks and their number.
      **kwargs: `name` and `dtype` of the layer.

    A learned position stands before the query, like BOS: what finds nothing to attend
    to in the query attends to it, where a softmax over the query alone would have to
    choose something.

    Call arguments:
      query_states: Embedded query, `[batch, T, d_model]`.
      readouts: Embedded readout positions, `[batch, R, d_model]`, or `[1, R, d_model]`
        if all queries are read by the same.
      mask: bool `[batch, T]`, False at padding.

    Returns:
      Normalized states of the readouts, `[batch, R, d_model]`.
    """

    def __init__(self, config: ModelConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_layers = config.num_layers
        self.num_query_layers = config.num_layers - config.num_readout_layers
        for number in range(config.num_layers):
            block = TransformerBlock(
                config.d_ff,
                config.num_heads,
                name=f"block_{number}",
                dtype=self.dtype_policy,
            )
            # As attributes: tf.train.Checkpoint does not look into lists of layers.
            setattr(self, block.name, block)
        self.query_norm, self.norm = (
            keras.layers.LayerNormalization(name=name, dtype=self.dtype_policy)
            for name in ("query_norm", "norm")
        )

    @property
    def blocks(self) -> list[TransformerBlock]:
        """The blocks, the first one first."""
        return [getattr(self, f"block_{number}") for number in range(self.num_layers)]

    def build(self, states_shape: tuple[Any, ...], *_: Any) -> None:
        """Creates the weights of all blocks."""
        d_model = states_shape[-1]
        self.start = self.add_weight(
            (d_model,),
            keras.initializers.RandomNormal(stddev=d_model**-0.5),
            name="start",
        )
        for layer in (*self.blocks, self.query_norm, self.norm):
            layer.build((states_shape[0], None, d_model))

    def call(self, query_states: Any, readouts: Any, mask: Any) -> Any:
        """Reads the query."""
        start = ops.broadcast_to(
            ops.cast(self.start, self.compute_dtype), ops.shape(query_states[:, :1])
        )
        query_states = ops.concatenate([start, query_states], axis=1)
        mask = ops.concatenate([ops.ones_like(mask[:, :1]), mask], axis=1)
        for block in self.blocks[: self.num_query_layers]:
            query_states = block(query_states, mask)
        memory = self.query_norm(query_states)
        for block in self.blocks[self.num_query_layers :]:
            readouts = block(readouts, mask, memory)
        return self.norm(readouts)
