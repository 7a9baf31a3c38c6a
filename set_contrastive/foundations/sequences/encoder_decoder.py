"""An encoder-decoder of the project's transformer blocks (arXiv 1706.03762, pre-norm).

source -> symbols + positions -> blocks -> norm -> memory
target -> symbols + positions -> [attend to what was before; block over memory]
-> norm -> dense -> log-odds of the next symbol
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from set_contrastive.foundations.sequences.sizes import Sizes
from set_contrastive.foundations.sequences.tasks import PADDING
from set_contrastive.models.transformer import Attention
from set_contrastive.models.transformer import TransformerBlock


def sinusoids(length: int, d_model: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Returns `sin(p / 10000^(2 i / d))` and cosines, `[length, d_model]`, / sqrt(d/2).

    So a position's vector has length 1, as those of symbols have on average.
    """
    rates = 10_000.0 ** (-2 * np.arange((d_model + 1) // 2) / d_model)
    angles = np.arange(length)[:, None] * rates
    both = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[:, :d_model]
    return np.asarray(both * (2 / d_model) ** 0.5, np.float32)


class Embedding(keras.layers.Layer):
    """Symbols and their positions as vectors, `[batch, T] -> [batch, T, d_model]`.

    Args:
      vocabulary: Number of symbols.
      length: Most positions.
      sizes: Width, and how the vectors start.
      **kwargs: `name` of the layer.
    """

    def __init__(self, vocabulary: int, length: int, sizes: Sizes, **kwargs: Any):
        super().__init__(**kwargs)
        self.vocabulary = vocabulary
        self.length = length
        self.sizes = sizes

    def build(self, *_: Any) -> None:
        """Creates the tables."""
        width, kind = self.sizes.d_model, self.sizes.positions
        variance = 1 / width if self.sizes.scaled_symbols else 1.0
        self.symbols = self.add_weight(
            (self.vocabulary, width),
            keras.initializers.RandomNormal(stddev=variance**0.5),
            name="symbols",
        )
        if kind == "sinusoidal":
            self.positions = sinusoids(self.length, width)
        else:
            variance = {"learned": 1.0, "half": 0.5}[kind] / width
            self.positions = self.add_weight(
                (self.length, width),
                keras.initializers.RandomNormal(stddev=variance**0.5),
                name="positions",
            )

    def call(self, ids: Any) -> Any:
        """Looks them up."""
        # As a matrix product, since the gradient of a look-up is a serial scatter.
        one_hot = ops.one_hot(ids, self.vocabulary, dtype=self.compute_dtype)
        return ops.matmul(one_hot, self.symbols) + self.positions[: ids.shape[1]]


class DecoderBlock(keras.layers.Layer):
    """Attention to what was before, then a block that reads the encoder's memory.

    Args:
      sizes: Sizes of the block.
      **kwargs: `name` of the layer.

    Call arguments:
      states: `[batch, T, d_model]`.
      memory: `[batch, S, d_model]`, normalized.
      mask: bool `[batch, S]`, False at padding of the source.

    Returns:
      `[batch, T, d_model]`.
    """

    def __init__(self, sizes: Sizes, **kwargs: Any):
        super().__init__(**kwargs)
        self.attention = Attention(sizes.num_heads, name="attention")
        self.norm = keras.layers.LayerNormalization(name="norm")
        self.block = TransformerBlock(sizes.d_ff, sizes.num_heads, name="block")

    def build(self, states_shape: tuple[Any, ...], *_: Any) -> None:
        """Creates the weights."""
        for layer in (self.attention, self.norm, self.block):
            layer.build(states_shape)

    def call(self, states: Any, memory: Any, mask: Any) -> Any:
        """Runs the block."""
        length = states.shape[1]
        before = np.tril(np.ones((1, length, length), bool))
        normed = self.norm(states)
        states = states + self.attention(normed, normed, ops.convert_to_tensor(before))
        return self.block(states, mask, memory)


def build(vocabulary: int, source: int, target: int, sizes: Sizes) -> keras.Model:
    """Builds `{source [B, S], target [B, T]} -> log-odds [B, T, vocabulary]`.

    Args:
      vocabulary: Number of symbols.
      source: Positions S of the source.
      target: Positions T of the target.
      sizes: Sizes, and how weights start.
    """
    inputs = {
        "source": keras.Input((source,), dtype="int32", name="source"),
        "target": keras.Input((target,), dtype="int32", name="target"),
    }
    mask = ops.not_equal(inputs["source"], PADDING)
    states = Embedding(vocabulary, source, sizes, name="source_symbols")(
        inputs["source"]
    )
    encoder = [
        TransformerBlock(sizes.d_ff, sizes.num_heads, name=f"encoder_{number}")
        for number in range(sizes.num_layers)
    ]
    for block in encoder:
        states = block(states, mask)
    memory = keras.layers.LayerNormalization(name="memory")(states)
    states = Embedding(vocabulary, target, sizes, name="target_symbols")(
        inputs["target"]
    )
    decoder = [
        DecoderBlock(sizes, name=f"decoder_{number}")
        for number in range(sizes.num_layers)
    ]
    for layer in decoder:
        states = layer(states, memory, mask)
    states = keras.layers.LayerNormalization(name="norm")(states)
    scores = keras.layers.Dense(vocabulary, name="scores")(states)
    model = keras.Model(inputs, scores, name="encoder_decoder")
    attentions = [block.attention for block in encoder]
    for layer in decoder:
        attentions += [layer.attention, layer.block.attention]
    for attention in attentions:
        _start(attention, sizes)
    return model


def _start(attention: Attention, sizes: Sizes) -> None:
    """Sets how the matrices of an attention start."""
    if sizes.equal_query_key:
        both = np.asarray(attention.key_value.kernel).copy()
        both[:, : sizes.d_model] = np.asarray(attention.query.kernel)
        attention.key_value.kernel.assign(both)
    if sizes.zero_output:
        kernel = attention.projection.kernel
        kernel.assign(np.zeros(kernel.shape, np.float32))
