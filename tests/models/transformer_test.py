"""Tests of the transformer against its formulas, written out in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.models import transformer

B, T, R, D, HEADS = 3, 5, 4, 12, 3
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], bool)


def _states(length, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(B, length, D)).astype(np.float32)


def _randomized(layer, *inputs):
    layer(*inputs)
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(0, 0.4, w.shape) for w in layer.get_weights()])
    return layer


def _norm(x, gamma, beta):
    centred = x - x.mean()
    return centred / np.sqrt((centred**2).mean() + 1e-3) * gamma + beta


def _softmax(x):
    return np.exp(x - x.max()) / np.exp(x - x.max()).sum()


def _expected(block, states, mask, memory):
    """Returns the block's output, one position and one head at a time."""
    weights = {w.path.partition("block/")[2]: w.numpy() for w in block.weights}
    norms = {
        name: (weights[f"{name}_norm/gamma"], weights[f"{name}_norm/beta"])
        for name in ("attention", "dense")
    }
    out = np.empty(states.shape)
    for b, r in np.ndindex(*states.shape[:2]):
        normed = _norm(states[b, r], *norms["attention"])
        seen = (
            [_norm(state, *norms["attention"]) for state in states[b]]
            if memory is None
            else memory[b]
        )
        state = states[b, r].astype(np.float64)
        width = D // HEADS
        q_all, kv_all, projection = (
            weights[f"attention/{name}/kernel"]
            for name in ("query", "key_value", "projection")
        )
        for head in range(HEADS):
            mine = slice(head * width, (head + 1) * width)
            q, k, v = q_all[:, mine], kv_all[:, :D][:, mine], kv_all[:, D:][:, mine]
            logits = [
                (normed @ q) @ (x @ k) / np.sqrt(width)
                for x, visible in zip(seen, mask[b], strict=True)
                if visible
            ]
            values = [x @ v for x, see in zip(seen, mask[b], strict=True) if see]
            read = _softmax(np.array(logits)) @ np.array(values)
            state = state + read @ projection[mine]
        inner = _norm(state, *norms["dense"]) @ weights["inner/kernel"]
        inner = np.maximum(inner + weights["inner/bias"], 0.0)
        out[b, r] = state + inner @ weights["outer/kernel"] + weights["outer/bias"]
    return out


@pytest.mark.parametrize("to_itself", [True, False])
def test_a_block_is_what_its_formula_says(to_itself):
    states = _states(T if to_itself else R)
    memory = None if to_itself else _states(T, seed=2)
    block = _randomized(
        transformer.TransformerBlock(8, HEADS, name="block"), states, MASK, memory
    )
    np.testing.assert_allclose(
        block(states, MASK, memory), _expected(block, states, MASK, memory), atol=1e-4
    )


@pytest.mark.parametrize("heads", [1, HEADS])
@pytest.mark.parametrize("rows", [1, B])
@pytest.mark.parametrize("causal", [False, True])
def test_the_gradient_in_training_is_that_of_the_formula(heads, rows, causal):
    mask = np.tril(np.ones((T, T), bool)) & MASK[:, None] if causal else MASK
    states, memory = _states(T)[:rows], _states(T, seed=2)
    layer = _randomized(transformer.Attention(heads), states, memory, mask)
    upstream = tf.constant(_states(T, seed=3))

    def gradients(training):
        inputs = [tf.constant(states), tf.constant(memory)]
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            read = layer(*inputs, mask, training=training)
        by = [*inputs, *(weight.value for weight in layer.weights)]
        return read, tape.gradient(read, by, output_gradients=upstream)

    (expected, slopes), (read, found) = gradients(False), gradients(True)
    np.testing.assert_array_equal(read, expected)
    assert len(found) == 5
    for slope, known in zip(found, slopes, strict=True):
        np.testing.assert_allclose(slope, known, rtol=1e-4, atol=1e-5)


def test_no_product_at_which_tensorflow_may_crash():
    # Many matrices by a single one with two axes before it: its issue 117700.
    layer = _randomized(transformer.Attention(1), _states(T)[:1], _states(T), MASK)

    @tf.function
    def gradient(states, memory):
        read = layer(states, memory, MASK, training=True)
        return tf.gradients(read, [states, memory])

    graph = gradient.get_concrete_function(_states(T)[:1], _states(T)).graph
    products = [
        op for op in graph.get_operations() if op.type.startswith("BatchMatMul")
    ]
    assert products
    for left, right in (op.inputs for op in products):
        assert right.shape[:-2] != [1, 1] or left.shape[:-2] == [1, 1]


def _transformer(precision="float32"):
    config = ModelConfig(
        "two_tower",
        d_model=D,
        d_ff=8,
        num_heads=HEADS,
        num_layers=4,
        num_readout_layers=2,
    )
    layer = transformer.Transformer(config, dtype=precision)
    return _randomized(layer, _states(T), _states(R), MASK)


def test_readouts_do_not_see_each_other_and_are_not_seen():
    query, readouts = _states(T), _states(R, seed=2)
    layer = _transformer()
    before = layer(query, readouts, MASK).numpy()
    changed = readouts.copy()
    changed[:, 0] += 1.0 + np.arange(D)
    after = layer(query, changed, MASK).numpy()
    np.testing.assert_array_equal(before[:, 1:], after[:, 1:])
    assert np.abs(before[:, 0] - after[:, 0]).max() > 0.1
    alone = layer(query, readouts[:, :1], MASK)
    np.testing.assert_allclose(alone, before[:, :1], atol=1e-5)


def test_readouts_of_one_row_read_all_queries():
    query, readouts = _states(T), _states(R, seed=2)[:1]
    layer = _transformer()
    repeated = np.repeat(readouts, B, axis=0)
    np.testing.assert_allclose(
        layer(query, readouts, MASK), layer(query, repeated, MASK), atol=1e-5
    )


@pytest.mark.parametrize("precision", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_padding_is_not_seen_under_any_precision(precision):
    query, readouts = _states(T), _states(R, seed=2)
    layer = _transformer(precision)
    before = layer(query, readouts, MASK)
    assert keras.backend.standardize_dtype(before.dtype) == layer.compute_dtype
    changed = query.copy()
    changed[~MASK] = 100.0
    np.testing.assert_array_equal(before, layer(changed, readouts, MASK))
    assert np.isfinite(before).all()


def test_what_finds_nothing_in_the_query_can_look_elsewhere():
    layer, query, readouts = _transformer(), _states(T), _states(R, seed=2)
    before = layer(query, readouts, MASK).numpy()
    layer.start.assign(layer.start + 1.0 + np.arange(D, dtype=np.float32))
    assert np.abs(layer(query, readouts, MASK) - before).max() > 0.1


def test_the_parts_are_those_of_four_blocks():
    layer = _transformer()
    weights = [tuple(w.shape) for w in layer.weights]
    # Four blocks of three and two kernels, two biases and two norms each; the vector
    # that stands before the query, and two norms.
    assert len(weights) == 4 * (3 + 2 + 2 + 4) + 1 + 4
    assert layer.num_query_layers == 2
