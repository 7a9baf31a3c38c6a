"""Tests of the transformer against keras.layers.MultiHeadAttention."""

import keras
import numpy as np
import pytest

from set_contrastive.models import transformer

B, T, R, D, HEADS = 3, 5, 4, 12, 3


def _states(seed=0):
    rng = np.random.default_rng(seed)
    states = rng.normal(size=(B, T + R, D)).astype(np.float32)
    mask = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], bool)
    return states, mask


def _randomized(layer, states, mask, seed=1):
    layer(states, mask)
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(0, 0.4, w.shape) for w in layer.get_weights()])
    return layer


def _visible(mask):
    """Who sees whom, written out position by position: bool [B, T + R, T + R]."""
    visible = np.zeros((B, T + R, T + R), bool)
    for b in range(B):
        for reader in range(T + R):
            for seen in range(T + R):
                is_query_symbol = seen < T and mask[b, seen]
                is_itself = reader == seen and reader >= T
                visible[b, reader, seen] = is_query_symbol or is_itself
    return visible


@pytest.mark.parametrize("readouts_only", [False, True])
def test_attention_equals_keras_attention_under_the_full_mask(readouts_only):
    states, mask = _states()
    ours = _randomized(transformer.ReadoutAttention(HEADS, readouts_only), states, mask)
    theirs = keras.layers.MultiHeadAttention(HEADS, D // HEADS)
    theirs(states, states)
    per_head = (D, HEADS, D // HEADS)
    q, q_bias, kv, out, out_bias = ours.get_weights()
    no_bias = np.zeros(per_head[1:])
    theirs.set_weights(
        [
            q.reshape(per_head),
            q_bias.reshape(per_head[1:]),
            kv[:, :D].reshape(per_head),
            no_bias,
            kv[:, D:].reshape(per_head),
            no_bias,
            out.reshape(HEADS, D // HEADS, D),
            out_bias,
        ]
    )
    expected = theirs(states, states, attention_mask=_visible(mask))
    if readouts_only:
        expected = expected[:, T:]
    np.testing.assert_allclose(ours(states, mask), expected, atol=1e-5)


def test_readouts_do_not_see_each_other_and_are_not_seen():
    states, mask = _states()
    block = _randomized(transformer.TransformerBlock(8, HEADS), states, mask)
    before = block(states, mask).numpy()
    changed = states.copy()
    changed[:, T] += 1.0  # The first readout.
    after = block(changed, mask).numpy()
    others = np.arange(T + R) != T
    np.testing.assert_array_equal(before[:, others], after[:, others])
    assert np.abs(before[:, T] - after[:, T]).max() > 0.1


@pytest.mark.parametrize("precision", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_padding_is_not_seen_under_any_precision(precision):
    states, mask = _states()
    block = _randomized(
        transformer.TransformerBlock(8, HEADS, readouts_only=True, dtype=precision),
        states,
        mask,
    )
    changed = states.copy()
    changed[:, :T][~mask] = 100.0
    np.testing.assert_array_equal(block(states, mask), block(changed, mask))
