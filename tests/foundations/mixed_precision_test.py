"""float16 by hand against the policy, NumPy's half and the sizes that are promised."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.foundations.halves import networks
from set_contrastive.foundations.halves import steps
from set_contrastive.foundations.halves import underflow

RATE = 1e-3


@pytest.fixture(scope="module")
def weights():
    return networks.initial([16, 12], seed=0)


def values(step):
    return [np.asarray(w.value, np.float32) for w in step.weights]


@pytest.mark.parametrize(
    ("size", "parameters"), [("116k", 116e3), ("2.5M", 2.5e6), ("160M", 160e6)]
)
def test_networks_have_the_sizes_of_their_names(size, parameters):
    sides = [130, *networks.SIZES[size].widths, 27]
    count = sum((a + 1) * b for a, b in zip(sides[:-1], sides[1:], strict=True))
    assert count == pytest.approx(parameters, rel=5e-3)
    if size == "116k":
        assert sum(w.size for w in networks.initial(sides[1:-1], 0)) == count


def test_batches_are_queries_and_their_keys():
    ((x, mask),) = networks.batches(1, 5, seed=3)
    assert x.shape == (5, 130) and mask.shape == (5, 27)
    np.testing.assert_array_equal(x.numpy().reshape(5, 2, 65).sum(axis=2), 1)
    assert (mask.numpy().sum(axis=1) >= 1).all()


def test_scores_and_loss_are_those_of_numpy(weights):
    ((x, mask),) = networks.batches(1, 5, seed=3)
    h = x.numpy()
    for place in (0, 2, 4):
        h = h @ weights[place] + weights[place + 1]
        h = np.maximum(h, 0) if place < 4 else h
    np.testing.assert_allclose(networks.forward(weights, x), h, atol=1e-5)
    log_p = h - np.log(np.exp(h).sum(axis=1, keepdims=True))
    truth = mask.numpy() / mask.numpy().sum(axis=1, keepdims=True)
    expected = -(truth * log_p).sum(axis=1).mean()
    assert float(networks.loss(tf.constant(h), mask)) == pytest.approx(expected, 1e-5)
    model = networks.keras_model(weights, "float32")
    np.testing.assert_allclose(model(x), h, atol=1e-5)


@pytest.mark.parametrize("first_scale", [2.0**15, 2.0**30])
def test_by_hand_takes_the_steps_of_the_policy(weights, monkeypatch, first_scale):
    """With growth, and with a scale that overflows at first."""
    monkeypatch.setattr(steps, "FIRST_SCALE", first_scale)
    mine = steps.ByHand(weights, RATE, growth_steps=4)
    theirs = steps.Policy(weights, "mixed_float16", RATE, growth_steps=4)
    scales = []
    for x, mask in networks.batches(30, 16, seed=0):
        assert float(mine(x, mask)) == pytest.approx(float(theirs(x, mask)), rel=1e-6)
        assert mine.scale() == theirs.scale()
        scales.append(mine.scale())
    for a, b in zip(values(mine), values(theirs), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    if first_scale == 2.0**15:
        assert max(scales) > first_scale  # It grew,
    else:
        assert min(scales) < first_scale  # or it fell.


def test_a_step_that_overflows_changes_no_weight(weights, monkeypatch):
    monkeypatch.setattr(steps, "FIRST_SCALE", 2.0**40)
    step = steps.ByHand(weights, RATE)
    ((x, mask),) = networks.batches(1, 16, seed=0)
    step(x, mask)
    assert step.scale() == 2.0**39
    for a, b in zip(values(step), weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_float32_takes_the_steps_of_keras(weights):
    step = steps.Plain(weights, "float32", RATE)
    model = networks.keras_model(weights, "float32")
    model.compile(keras.optimizers.Adam(RATE), lambda y, s: networks.loss(s, y))
    for x, mask in networks.batches(5, 16, seed=0):
        loss = float(step(x, mask))
        assert loss == pytest.approx(float(model.train_on_batch(x, mask)), rel=1e-5)
    for a, b in zip(values(step), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("precision", steps.PRECISIONS)
def test_weights_have_the_type_of_the_precision(weights, precision):
    step = steps.build(precision, weights, RATE)
    half = "float16" if precision == "float16" else "float32"
    assert {w.dtype for w in step.weights} == {half}
    ((x, mask),) = networks.batches(1, 8, seed=0)
    assert np.isfinite(float(step(x, mask)))


def test_what_is_too_small_for_a_half_is_counted():
    """One weight, whose gradient is known: 2^-26 is 0 as a half, 2^-20 is not."""
    assert np.float16(2.0**-26) == 0 != np.float16(2.0**-20)

    class Scaled:
        compute_dtype = "float16"

        def __init__(self, scale):
            self.scale = lambda: scale
            bias = np.zeros(2, np.float32)
            bias[0] = -17.5  # softmax gives it e^-17.5, which is 2^-25.2.
            kernel = np.zeros((1, 2), np.float32)
            self.weights = [keras.Variable(kernel), keras.Variable(bias)]

    x, mask = tf.zeros((1, 1)), tf.constant([[False, True]])
    # Of the bias's two entries, +-2^-25.2, both are lost; the kernel's are 0 anyway.
    assert underflow.share(Scaled(1.0), x, mask) == 1.0
    assert underflow.share(Scaled(2.0**15), x, mask) == 0.0


def test_a_unit_that_rounding_switches_off_does_not_underflow():
    """The unit has 1 + 2^-9 - 1, which is 0 in bfloat16, so its gradients are, too."""

    class Rounded:
        compute_dtype = "bfloat16"
        scale = staticmethod(lambda: 1.0)
        weights = tuple(
            keras.Variable(np.array(values, np.float32))
            for values in ([[1 + 2.0**-9]], [-1.0], [[1.0, -1.0]], [0.5, 0.25])
        )

    x, mask = tf.ones((1, 1)), tf.constant([[False, True]])
    assert underflow.share(Rounded(), x, mask) == 0.0
