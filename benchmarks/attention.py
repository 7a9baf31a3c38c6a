r"""ReadoutAttention beside keras.layers.MultiHeadAttention under the full mask.

    python -m benchmarks.attention

Both compute the same (tests/models/transformer_test.py); this times one forward and
backward pass, compiled with XLA, taking turns. Rows are the attention of the laptop
preset: the two-tower's (one readout) and the cross-encoder's (a readout a key).
"""

import statistics
import time
from collections.abc import Callable

from absl import flags

from set_contrastive import command  # isort: skip - Quiets TensorFlow before its import.
import keras
import numpy as np
import tensorflow as tf

from set_contrastive.models.transformer import ReadoutAttention

_BATCH = flags.DEFINE_integer("batch", 256, "Queries of a pass.")
_REPETITIONS = flags.DEFINE_integer("repetitions", 20, "Passes; the median counts.")
_SYMBOLS, _WIDTH, _HEADS = 16, 64, 2


class MaskedAttention(keras.layers.Layer):
    """The same attention by Keras, with a mask over all pairs of positions."""

    def __init__(self, readouts: int):
        super().__init__()
        self._attention = keras.layers.MultiHeadAttention(_HEADS, _WIDTH // _HEADS)
        positions = _SYMBOLS + readouts
        visible = np.zeros((positions, positions), np.bool_)
        visible[:, :_SYMBOLS] = True
        self._visible = visible | (np.eye(positions) > 0)

    def call(self, states: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        """Attends."""
        readouts = tf.ones_like(mask[:, :1], tf.bool)
        readouts = tf.repeat(readouts, len(self._visible) - _SYMBOLS, axis=1)
        seen = self._visible & tf.concat([mask, readouts], axis=1)[:, None, :]
        return self._attention(states, states, attention_mask=seen)


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    print(
        f"{'readouts':>8}{'ReadoutAttention':>20}{'MultiHeadAttention':>20}  ms, median"
    )
    rng = np.random.default_rng(0)
    for readouts in (1, 27, 81):
        shape = (_BATCH.value, _SYMBOLS + readouts, _WIDTH)
        states = tf.constant(rng.normal(size=shape), tf.float32)
        mask = tf.ones((_BATCH.value, _SYMBOLS), tf.bool)
        passes = [
            _pass(layer, states, mask)
            for layer in (ReadoutAttention(_HEADS), MaskedAttention(readouts))
        ]
        seconds: list[list[float]] = [[], []]
        for _ in range(_REPETITIONS.value):
            for one_pass, times in zip(passes, seconds, strict=True):
                start = time.perf_counter()
                one_pass()
                times.append(time.perf_counter() - start)
        ours, theirs = (1e3 * statistics.median(times) for times in seconds)
        print(f"{readouts:>8}{ours:>20.2f}{theirs:>20.2f}  ratio {theirs / ours:.2f}")


def _pass(
    layer: keras.layers.Layer, states: tf.Tensor, mask: tf.Tensor
) -> Callable[[], object]:
    layer(states, mask)
    variables = [v.value for v in layer.trainable_variables]

    @tf.function(jit_compile=True)
    def compiled() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(states, mask) ** 2)
        gradients: list[tf.Tensor] = tape.gradient(loss, variables)
        return gradients

    def run() -> object:
        return [gradient.numpy() for gradient in compiled()]

    run()
    return run


if __name__ == "__main__":
    command.run(main)
