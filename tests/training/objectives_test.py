"""Tests of the objectives against loops over pairs, and of their gradients."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from scipy import optimize

from set_contrastive.base.errors import UserError
from set_contrastive.training import objectives

NAMES = (
    *("infonce", "infonce_support", "cross_entropy", "cross_entropy_support"),
    *("sigmoid", "sigmoid_support", "margin"),
)


def _batch(batch=6, num_keys=5, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(batch, num_keys)).astype(np.float32)
    mask = rng.random((batch, num_keys)) < 0.5
    mask[np.arange(batch), rng.integers(0, num_keys, batch)] = True
    key = np.array([rng.choice(np.flatnonzero(row)) for row in mask], np.int32)
    return scores, mask, key


def _objective(name, masked=False, margin=1.0):
    return objectives.get(name, objectives.Options(masked, margin))


def _loss(name, scores, mask, key, masked=False, margin=1.0):
    loss = _objective(name, masked, margin)(
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


def _best(loss_of_bias):
    """The least of a loss over one number, by a search of SciPy."""
    return optimize.minimize_scalar(loss_of_bias, (-5.0, 5.0), tol=1e-12).fun


def _siglip_by_loops(scores, mask, key, masked, bias):
    """SigLIP's loss over the [batch, batch] matrix of pairs, one logistic each."""
    batch, total = len(key), 0.0
    for i, j in itertools.product(range(batch), repeat=2):
        if masked and j != i and mask[i, key[j]]:
            continue
        sign = 1 if i == j else -1
        total += math.log(1 + math.exp(-sign * (scores[i, key[j]] + bias)))
    return total / batch


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_sigmoid_equals_the_loop_over_in_batch_pairs_at_the_best_bias(masked, seed):
    scores, mask, key = _batch(seed=seed)
    assert _loss("sigmoid", scores, mask, key, masked) == pytest.approx(
        _best(lambda bias: _siglip_by_loops(scores, mask, key, masked, bias)), rel=1e-5
    )


@pytest.mark.parametrize("seed", range(3))
def test_sigmoid_support_equals_the_loop_over_all_keys_at_the_best_bias(seed):
    scores, mask, key = _batch(seed=seed)

    def by_loops(bias):
        signs = np.where(mask, 1, -1)
        losses = [
            math.log(1 + math.exp(-sign * (score + bias)))
            for sign, score in zip(signs.flat, scores.flat, strict=True)
        ]
        return sum(losses) / len(losses)

    assert _loss("sigmoid_support", scores, mask, key) == pytest.approx(
        _best(by_loops), rel=1e-5
    )


@pytest.mark.parametrize("margin", [0.0, 1.0, 2.5])
def test_margin_equals_the_loop_over_positives(margin):
    scores, mask, key = _batch()
    total = 0.0
    for row, inside in zip(scores, mask, strict=True):
        lowered = [s - margin if i else s for s, i in zip(row, inside, strict=True)]
        denominator = sum(math.exp(s) for s in lowered)
        for k in np.flatnonzero(inside):
            total -= math.log(math.exp(lowered[k]) / denominator) / inside.sum()
    assert _loss("margin", scores, mask, key, margin=margin) == pytest.approx(
        total / len(scores), rel=1e-5
    )
    plain = _loss("cross_entropy_support", scores, mask, key)
    assert (_loss("margin", scores, mask, key, margin=margin) > plain) == (margin > 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_number_added_to_all_scores_changes_nothing(name):
    scores, mask, key = _batch()
    assert _loss(name, scores + 30, mask, key) == pytest.approx(
        _loss(name, scores, mask, key), rel=1e-4
    )


def test_the_best_bias_is_found_however_large_scores_are():
    scores, mask, key = _batch()
    apart = np.where(mask, 300.0, -500.0).astype(np.float32)
    assert _loss("sigmoid_support", apart, mask, key) == pytest.approx(0.0, abs=1e-6)
    wrong = _loss("sigmoid_support", -apart, mask, key)
    assert 0.0 < wrong < 800.0
    every = np.ones_like(mask)  # No negatives: the best bias is infinite.
    assert _loss("sigmoid_support", scores, every, key) == pytest.approx(0, abs=1e-6)
    assert _loss("sigmoid", scores[:1], mask[:1], key[:1]) == pytest.approx(0, abs=1e-6)


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
        loss = _objective(name, masked)(variable, tf.constant(mask), tf.constant(key))
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
            loss = _objective(name, masked)(scores, mask, tf.constant([0, 2]))
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
            loss = _objective(sampled, masked)(variable, mask, key)
        losses.append(float(loss))
        gradients.append(tape.gradient(loss, variable).numpy())
    variable = tf.Variable(scores)
    with tf.GradientTape() as tape:
        loss = _objective(support, masked)(variable, mask, key)
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
    loss = _objective("sigmoid")
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
    loss = _objective("sigmoid_support")
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
    loss = _objective("margin", margin=margin)
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
        loss = _objective("margin", margin=margin)
        table = _minimized(
            lambda table, loss=loss: loss(
                tf.repeat(table, 10, axis=0), mask, np.zeros(10, np.int32)
            ),
            (1, 2),
        )
        e = math.exp(-margin)
        ratio = (0.4 + math.sqrt(0.16 + 0.84 * e * e)) / (0.6 * e)
        assert table[0, 0] - table[0, 1] == pytest.approx(math.log(ratio), abs=2e-3)


def test_an_unknown_objective_is_refused():
    with pytest.raises(UserError, match="objective .* infonce, .* got 'hinge'"):
        objectives.get("hinge")


def test_all_objectives_are_tested():
    assert tuple(objectives.OBJECTIVES) == NAMES
