"""Tests of the tables of scores at which the objectives are least."""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy import optimize

from set_contrastive.training import objectives
from tests.training.batch_losses import objective


def test_infonce_support_is_least_at_the_pointwise_mutual_information():
    # A table of scores trained freely must end at log p(k|q) / p(k) + c(q) on S,
    # so that the softmax with the marginal added back is the truth.
    mask = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 1]], bool)
    scores = tf.Variable(np.zeros(mask.shape, np.float32))
    loss_of = objectives.get("infonce_support")

    @tf.function
    def descend():
        with tf.GradientTape() as tape:
            loss = loss_of(scores, tf.constant(mask), tf.constant([0, 0, 0, 2]))
        scores.assign_sub(5.0 * tape.gradient(loss, scores))

    for _ in range(6000):
        descend()
    truth = mask / mask.sum(axis=1, keepdims=True)
    marginal = truth.mean(axis=0)
    predicted = tf.nn.softmax(scores + np.log(marginal).astype(np.float32)).numpy()
    np.testing.assert_allclose(predicted, truth, atol=0.02)
    # Without the marginal it is not the truth: the keys' frequencies are skewed.
    assert np.abs(tf.nn.softmax(scores).numpy() - truth).max() > 0.05


# How often each pair of 3 queries and 4 keys is in a batch of 24.
_COUNTS = np.array([[3, 1, 2, 1], [1, 4, 1, 3], [2, 1, 4, 1]])


def _minimized(loss_of_table, shape=(3, 4)):
    """Returns the table of scores at which a loss is least, up to a number."""

    def value_and_slope(flat):
        table = tf.Variable(flat.reshape(shape), dtype=tf.float32)
        with tf.GradientTape() as tape:
            loss = loss_of_table(table)
        slope = tf.convert_to_tensor(tape.gradient(loss, table))
        return float(loss), slope.numpy().astype(np.float64).ravel()

    found = optimize.minimize(
        value_and_slope, np.zeros(np.prod(shape)), jac=True, options={"gtol": 2e-6}
    )
    return found.x.reshape(shape)


def test_sigmoid_is_least_at_what_its_docstring_says():
    query, key = (np.repeat(c.ravel(), _COUNTS.ravel()) for c in np.indices((3, 4)))
    mask = np.ones((len(key), 4), bool)
    loss = objective("sigmoid")
    table = _minimized(lambda table: loss(tf.gather(table, query), mask, key))
    batch = _COUNTS.sum()
    p = _COUNTS / batch
    product = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    optimum = np.log(p / (batch * product - p))
    np.testing.assert_allclose(
        table - table.mean(), optimum - optimum.mean(), atol=1e-2
    )
    # Even so small a batch is near the pointwise mutual information.
    pmi = np.log(p / product)
    assert np.corrcoef(table.ravel(), pmi.ravel())[0, 1] > 0.99


def test_sigmoid_support_is_least_at_the_log_odds_of_a_match():
    # Each query has one of several subsets, so a match is a matter of chance.
    rng = np.random.default_rng(0)
    query, mask = np.repeat(np.arange(3), 10), rng.random((30, 4)) < 0.5
    mask[::10] = [1, 1, 1, 0]
    mask[1::10] = [0, 0, 0, 1]
    loss = objective("sigmoid_support")
    table = _minimized(
        lambda table: loss(tf.gather(table, query), mask, np.zeros(30, np.int32))
    )
    share = np.stack([mask[query == q].mean(axis=0) for q in range(3)])
    optimum = np.log(share / (1 - share))
    np.testing.assert_allclose(
        table - table.mean(), optimum - optimum.mean(), atol=1e-2
    )


@pytest.mark.parametrize("margin", [0.0, 0.7, 2.0])
def test_margin_is_least_where_lowered_shares_are_those_of_the_keys(margin):
    query = np.repeat(np.arange(3), 4)
    subsets = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1], [1, 0, 1, 1]], bool)
    mask = np.tile(subsets, (3, 1))
    mask[0], mask[5] = [0, 1, 0, 0], [1, 0, 0, 1]
    loss = objective("margin", margin=margin)
    table = _minimized(
        lambda table: loss(tf.gather(table, query), mask, np.zeros(12, np.int32))
    )
    for q in range(3):
        lowered, wanted = np.zeros(4), np.zeros(4)
        for inside in mask[query == q]:
            weights = np.exp(table[q] - margin * inside)
            lowered += weights / weights.sum() / 4
            wanted += inside / inside.sum() / 4
        np.testing.assert_allclose(lowered, wanted, atol=2e-3)


def test_margin_overstates_shares_by_as_much_as_two_keys_tell():
    # One key of two, with shares 0.7 and 0.3: the ratio r of the softmax of the scores
    # solves 0.3 E r^2 - 0.4 r - 0.7 E = 0 with E = exp(-margin).
    mask = np.repeat(np.eye(2, dtype=bool), [7, 3], axis=0)
    for margin in (0.0, 1.0):
        loss = objective("margin", margin=margin)
        table = _minimized(
            lambda table, loss=loss: loss(
                tf.repeat(table, 10, axis=0), mask, np.zeros(10, np.int32)
            ),
            (1, 2),
        )
        e = math.exp(-margin)
        ratio = (0.4 + math.sqrt(0.16 + 0.84 * e * e)) / (0.6 * e)
        assert table[0, 0] - table[0, 1] == pytest.approx(math.log(ratio), abs=2e-3)
