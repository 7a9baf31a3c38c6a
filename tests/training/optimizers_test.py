"""Tests of the optimizers, against one step computed by hand in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.models.hidden import HiddenDense
from set_contrastive.training import optimizers
from set_contrastive.training import presets


def _orthogonal(matrix):
    """Returns the nearest matrix whose singular values are all one."""
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    return left @ right


def _variable(name, shape):
    return keras.Variable(np.zeros(shape, np.float32), name=name)


def test_muon_moves_a_hidden_matrix_along_the_nearest_orthogonal_one():
    config = OptimizerConfig(optimizer="muon", learning_rate=0.1, adam_lr_ratio=0.5)
    gradient = np.random.default_rng(0).normal(size=(6, 9)).astype(np.float32)
    kernel = _variable("kernel", (6, 9))
    kernel.maps_hidden_states = True
    optimizers.build(config, 0.1, [kernel]).apply([keras.ops.array(gradient)], [kernel])
    moved = -kernel.numpy()
    expected = 0.1 * 0.2 * np.sqrt(9) * _orthogonal(gradient)
    cosine = (moved * expected).sum() / np.linalg.norm(moved) / np.linalg.norm(expected)
    assert cosine > 0.98
    # Five Newton-Schulz steps leave singular values between 0.7 and 1.2.
    values = np.linalg.svd(moved, compute_uv=False) / (0.1 * 0.2 * np.sqrt(9))
    assert values.min() > 0.6 and values.max() < 1.3


@pytest.mark.parametrize("compiled", [False, True])
def test_muon_is_that_of_keras_whatever_is_traced_once(compiled):
    shapes = [(6, 9), (9, 6), (6, 9), (4, 4)]
    rng = np.random.default_rng(0)
    steps = [[rng.normal(size=s).astype(np.float32) for s in shapes] for _ in range(3)]

    def train(build):
        weights = [_variable(f"kernel_{n}", shape) for n, shape in enumerate(shapes)]
        for weight in weights:
            weight.maps_hidden_states = True
        muon = build(weights)
        muon.build(weights)
        apply = tf.function(
            lambda gradients: muon.apply(gradients, weights), jit_compile=compiled
        )
        for gradients in steps:
            apply([tf.constant(gradient) for gradient in gradients])
        return muon, [weight.numpy() for weight in weights]

    config = OptimizerConfig(optimizer="muon")
    ours, moved = train(lambda weights: optimizers.build(config, 0.1, weights))
    _, expected = train(lambda _: keras.optimizers.Muon(0.1, weight_decay=None))
    for found, known in zip(moved, expected, strict=True):
        np.testing.assert_allclose(found, known, rtol=1e-5, atol=1e-7)
    # Once for each shape, not for each matrix.
    traced = ours.zeropower_via_newtonschulz5.experimental_get_tracing_count()
    assert traced == 3


def test_adam_moves_all_else_by_its_share_of_the_learning_rate():
    config = OptimizerConfig(optimizer="muon", learning_rate=0.1, adam_lr_ratio=0.5)
    gradient = np.array([1.0, -2.0, 0.5], np.float32)
    bias = _variable("bias", (3,))
    optimizers.build(config, 0.1, [bias]).apply([keras.ops.array(gradient)], [bias])
    # Adam's first step has the size of the learning rate, whatever the gradient.
    np.testing.assert_allclose(bias, -0.05 * np.sign(gradient), rtol=1e-4)
    alone = _variable("bias", (3,))
    adam = OptimizerConfig(optimizer="adam", learning_rate=0.1)
    optimizers.build(adam, 0.1, [alone]).apply([keras.ops.array(gradient)], [alone])
    np.testing.assert_allclose(alone, -0.1 * np.sign(gradient), rtol=1e-4)


@pytest.mark.parametrize("family", ["two_tower", "cross_encoder", "classifier"])
def test_muon_takes_the_matrices_between_hidden_states_and_no_others(family):
    spec = registry.get("union_27").spec
    model = families.build(spec, presets.model("laptop", family)).all_keys_scorer
    config = OptimizerConfig(optimizer="muon")
    muon = optimizers.build(config, 0.1, model.trainable_variables)
    muon.build(model.trainable_variables)
    taken = {
        variable.path
        for variable, velocity in zip(
            model.trainable_variables, muon.adam_velocities, strict=True
        )
        if velocity is None
    }
    hidden = {
        variable.path
        for variable in model.trainable_variables
        if variable.path.startswith(("transformer/", "blocks/", "head/"))
        and variable.path.endswith("kernel")
    }
    assert taken == hidden and len(hidden) > 10


def test_a_layer_marks_its_matrix_whatever_its_name():
    hidden = HiddenDense(4, name="symbols")
    plain = keras.layers.Dense(4, name="transformer")
    for layer in (hidden, plain):
        layer.build((None, 4))
    weights = [*hidden.weights, *plain.weights]
    muon = optimizers.build(OptimizerConfig(optimizer="muon"), 0.1, weights)
    muon.build(weights)
    taken = [velocity is None for velocity in muon.adam_velocities]
    assert taken == [True, False, False, False]


def test_an_unknown_optimizer_is_refused():
    with pytest.raises(UserError, match="optimizer .* muon, adam, got 'sgd'"):
        optimizers.build(OptimizerConfig(optimizer="sgd"), 0.1, [])
