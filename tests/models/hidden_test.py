"""Tests of dense layers between hidden states."""

import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.models.hidden import HiddenDense
from set_contrastive.models.hidden import leading_sizes

STATES = np.random.default_rng(0).normal(size=(3, 5, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def dense():
    layer = HiddenDense(6, activation="relu", name="dense")
    layer.build((None, None, 4))
    layer.bias.assign(np.linspace(-1, 1, 6))
    return layer


def traced(layer, *shape):
    return tf.function(layer).get_concrete_function(tf.TensorSpec(shape))


def asked(function):
    return [operation.type for operation in function.graph.get_operations()]


@pytest.mark.parametrize(
    "shape", [(3, 5, 4), (None, 5, 4), (3, None, 4), (None, None, 4)]
)
def test_each_position_is_mapped(dense, shape):
    mapped = traced(dense, *shape)(STATES)
    kernel, bias = dense.kernel.numpy(), dense.bias.numpy()
    for at in np.ndindex(3, 5):
        expected = np.maximum(STATES[at].astype(np.float64) @ kernel + bias, 0)
        np.testing.assert_allclose(mapped[at], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(mapped[:, 0], dense(STATES[:, 0]))


def test_a_batch_of_any_size_looks_up_no_shape(dense):
    kinds = asked(traced(dense, None, 5, 4))
    assert kinds.count("Reshape") == 2 and kinds.count("MatMul") == 1
    assert not {"Shape", "Prod", "GatherV2", "Pack", "StridedSlice"} & set(kinds)


def test_sizes_to_reshape_by():
    assert leading_sizes(tf.zeros((3, 5, 4))) == (3, 5)
    seen = []

    @tf.function(input_signature=[tf.TensorSpec((None, 5, 4))])
    def one_unknown(states):
        seen.append(leading_sizes(states))
        return states

    @tf.function(input_signature=[tf.TensorSpec((None, None, 4))])
    def two_unknown(states):
        return tf.reshape(states, (*leading_sizes(states), 2, 2))

    one_unknown(STATES)
    assert seen == [(-1, 5)]
    assert two_unknown(STATES).shape == (3, 5, 2, 2)
