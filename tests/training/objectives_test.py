"""Tests of the objectives against loops over pairs, and of their gradients."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.training import objectives

NAMES = ("infonce", "infonce_support", "cross_entropy", "cross_entropy_support")


def _batch(batch=6, num_keys=5, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(batch, num_keys)).astype(np.float32)
    mask = rng.random((batch, num_keys)) < 0.5
    mask[np.arange(batch), rng.integers(0, num_keys, batch)] = True
    key = np.array([rng.choice(np.flatnonzero(row)) for row in mask], np.int32)
    return scores, mask, key


def _loss(name, scores, mask, key, masked=False):
    loss = objectives.get(name, masked)(
        tf.constant(scores), tf.constant(mask), tf.constant(key)
    )
    return float(loss)


def _clip_by_loops(scores, mask, key, masked):
    """CLIP's loss over the [batch, batch] matrix of pairs, one exponential each."""
    batch, total = len(key), 0.0
    for i in range(batch):
        for of_query in (True, False):
            denominator = 0.0
            for j in range(batch):
                query, column = (i, key[j]) if of_query else (j, key[i])
                if masked and j != i and mask[query, column]:
                    continue
                denominator += math.exp(scores[query, column])
            total += math.log(denominator) - scores[i, key[i]]
    return total / (2 * batch)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_infonce_equals_the_loop_over_in_batch_pairs(masked, seed):
    scores, mask, key = _batch(seed=seed)
    assert len(set(key)) < len(key)  # In-batch keys repeat.
    assert _loss("infonce", scores, mask, key, masked) == pytest.approx(
        _clip_by_loops(scores, mask, key, masked), rel=1e-5
    )


def test_masking_false_negatives_leaves_out_repeats_of_the_positive():
    # Both queries have the only key: with the mask nothing is left but the positive.
    scores, mask, key = np.float32([[1.0], [2.0]]), np.ones((2, 1), bool), [0, 0]
    assert _loss("infonce", scores, mask, key, masked=True) == pytest.approx(
        0.0, abs=1e-6
    )
    assert _loss("infonce", scores, mask, key) > 0.5


def test_cross_entropy_by_hand():
    scores = np.log(np.float32([[1, 2, 5], [4, 4, 2]]))
    mask = np.array([[0, 1, 1], [1, 0, 0]], bool)
    # The keys' probabilities are 1/8, 2/8, 5/8 and 4/10, 4/10, 2/10.
    sampled = -(math.log(2 / 8) + math.log(4 / 10)) / 2
    support = -((math.log(2 / 8) + math.log(5 / 8)) / 2 + math.log(4 / 10)) / 2
    assert _loss("cross_entropy", scores, mask, [1, 0]) == pytest.approx(
        sampled, rel=1e-5
    )
    assert _loss("cross_entropy_support", scores, mask, [1, 0]) == pytest.approx(
        support, rel=1e-5
    )


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_gradient_equals_finite_differences(name, masked):
    scores, mask, key = _batch()
    variable = tf.Variable(scores)
    with tf.GradientTape() as tape:
        loss = objectives.get(name, masked)(
            variable, tf.constant(mask), tf.constant(key)
        )
    gradient = tape.gradient(loss, variable).numpy()
    assert np.abs(gradient).max() > 1e-2
    step = 1e-2
    for place in itertools.product(*map(range, scores.shape)):
        moved = [scores.copy(), scores.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        up, down = (_loss(name, s, mask, key, masked) for s in moved)
        assert gradient[place] == pytest.approx((up - down) / (2 * step), abs=3e-4)


@pytest.mark.parametrize("masked", [False, True])
def test_gradient_is_finite_where_nothing_is_left_of_a_denominator(masked):
    scores = tf.Variable(np.zeros((2, 3), np.float32))
    mask = tf.constant(np.ones((2, 3), bool))
    for name in NAMES:
        with tf.GradientTape() as tape:
            loss = objectives.get(name, masked)(scores, mask, tf.constant([0, 2]))
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
    scores, mask, _ = _batch(batch=400, num_keys=4)
    rng = np.random.default_rng(1)
    losses, gradients = [], []
    for _ in range(1000):
        key = np.array([rng.choice(np.flatnonzero(row)) for row in mask], np.int32)
        variable = tf.Variable(scores)
        with tf.GradientTape() as tape:
            loss = objectives.get(sampled, masked)(variable, mask, key)
        losses.append(float(loss))
        gradients.append(tape.gradient(loss, variable).numpy())
    variable = tf.Variable(scores)
    with tf.GradientTape() as tape:
        loss = objectives.get(support, masked)(variable, mask, key)
    error = np.std(losses) / len(losses) ** 0.5
    assert float(loss) == pytest.approx(np.mean(losses), abs=4 * error + 2e-3)
    gradient = tape.gradient(loss, variable).numpy()
    errors = np.std(gradients, axis=0) / len(gradients) ** 0.5
    assert (np.abs(gradient - np.mean(gradients, axis=0)) <= 5 * errors + 2e-5).all()
    # The bound is tight enough to tell the gradient from none.
    assert np.abs(gradient).max() > 10 * (5 * errors + 2e-5).max()


def test_infonce_support_is_least_at_the_pointwise_mutual_information():
    # A table of scores trained freely must end at log p(k|q) / p(k) + c(q) on S,
    # so that the softmax with the marginal added back is the truth.
    mask = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 1]], bool)
    scores = tf.Variable(np.zeros(mask.shape, np.float32))
    for _ in range(6000):
        with tf.GradientTape() as tape:
            loss = objectives.get("infonce_support")(scores, mask, [0, 0, 0, 2])
        scores.assign_sub(5.0 * tape.gradient(loss, scores))
    truth = mask / mask.sum(axis=1, keepdims=True)
    marginal = truth.mean(axis=0)
    predicted = tf.nn.softmax(scores + np.log(marginal).astype(np.float32)).numpy()
    np.testing.assert_allclose(predicted, truth, atol=0.02)
    # Without the marginal it is not the truth: the keys' frequencies are skewed.
    assert np.abs(tf.nn.softmax(scores).numpy() - truth).max() > 0.05


def test_an_unknown_objective_is_refused():
    with pytest.raises(UserError, match="objective .* infonce, .* got 'hinge'"):
        objectives.get("hinge")


def test_all_objectives_are_tested():
    assert tuple(objectives.OBJECTIVES) == NAMES
