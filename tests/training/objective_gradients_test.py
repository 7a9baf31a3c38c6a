"""Tests of the gradients of the objectives, and of their averages over draws."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tests.training.batch_losses import NAMES
from tests.training.batch_losses import drawn_batch
from tests.training.batch_losses import loss_of
from tests.training.batch_losses import objective


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_gradient_equals_finite_differences(name, masked):
    scores, mask, key = drawn_batch()
    variable = tf.Variable(scores)
    with tf.GradientTape() as tape:
        loss = objective(name, masked)(variable, tf.constant(mask), tf.constant(key))
    gradient = tape.gradient(loss, variable).numpy()
    assert np.abs(gradient).max() > 1e-2
    step = 1e-2
    for place in itertools.product(*map(range, scores.shape)):
        moved = [scores.copy(), scores.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        up, down = (loss_of(name, s, mask, key, masked) for s in moved)
        assert gradient[place] == pytest.approx((up - down) / (2 * step), abs=3e-4)


@pytest.mark.parametrize("masked", [False, True])
def test_gradient_is_finite_where_nothing_is_left_of_a_denominator(masked):
    scores = tf.Variable(np.zeros((2, 3), np.float32))
    mask = tf.constant(np.ones((2, 3), bool))
    for name in NAMES:
        with tf.GradientTape() as tape:
            loss = objective(name, masked)(scores, mask, tf.constant([0, 2]))
        assert np.isfinite(loss)
        assert np.isfinite(tape.gradient(loss, scores)).all()


@pytest.mark.parametrize(
    ("sampled", "support", "masked"),
    [
        ("cross_entropy", "cross_entropy_support", False),
        ("infonce", "infonce_support", False),
        ("infonce", "infonce_support", True),
    ],
)
def test_support_version_is_the_average_of_sampled_ones(sampled, support, masked):
    # A large batch, since the denominators of sampled InfoNCE are random themselves.
    scores, mask, _ = drawn_batch(batch=400, num_keys=4)
    rng = np.random.default_rng(1)
    losses, gradients = [], []
    variable = tf.Variable(scores)
    loss_of = objective(sampled, masked)

    @tf.function
    def evaluated(key):
        with tf.GradientTape() as tape:
            loss = loss_of(variable, tf.constant(mask), key)
        return loss, tape.gradient(loss, variable)

    for _ in range(1000):
        key = np.where(mask, rng.random(mask.shape), -1.0).argmax(axis=1)
        loss, gradient = evaluated(tf.constant(key, tf.int32))
        losses.append(float(loss))
        gradients.append(gradient.numpy())
    with tf.GradientTape() as tape:
        loss = objective(support, masked)(variable, mask, key)
    error = np.std(losses) / len(losses) ** 0.5
    assert float(loss) == pytest.approx(np.mean(losses), abs=4 * error + 2e-3)
    gradient = tape.gradient(loss, variable).numpy()
    errors = np.std(gradients, axis=0) / len(gradients) ** 0.5
    assert (np.abs(gradient - np.mean(gradients, axis=0)) <= 5 * errors + 2e-5).all()
    # The bound is tight enough to tell the gradient from none.
    assert np.abs(gradient).max() > 10 * (5 * errors + 2e-5).max()
