"""Tests of the tables' objectives against loops over pairs and finite differences."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize
from scipy import special

from set_contrastive.theory.joints import known
from set_contrastive.theory.joints import table_objectives
from set_contrastive.theory.joints.table_objectives import OBJECTIVES

_P = np.array([[0.4, 0.1], [0.2, 0.3]])
_RATIO = _P / np.outer(_P.sum(axis=1), _P.sum(axis=0))


def _counts(pairs, shape):
    counts = np.zeros(shape)
    for pair in pairs:
        counts[pair] += 1
    return counts


def _loop(name, m, pairs):
    """The objective as the papers write it, a pair at a time."""
    total = 0.0
    for x, y in pairs:
        if name == "likelihood":
            total += special.logsumexp(m) - m[x, y]
            continue
        if name == "pseudo_likelihood":
            row, column, weight = m[x], m[:, y], 1.0
        else:
            row = np.array([m[x, other] for _, other in pairs])
            column = np.array([m[other, y] for other, _ in pairs])
            weight = 0.5
        total += weight * (special.logsumexp(row) - m[x, y])
        total += weight * (special.logsumexp(column) - m[x, y])
    return total / len(pairs)


_PAIRS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=12
)


@pytest.mark.parametrize("name", OBJECTIVES)
@given(pairs=_PAIRS, seed=st.integers(0, 999), scale=st.sampled_from([0.1, 1.0, 3.0]))
def test_gradient_is_that_of_the_loop_over_pairs(name, pairs, seed, scale):
    m = np.random.default_rng(seed).normal(size=(3, 4)) * scale

    def loss(flat):
        return float(_loop(name, flat.reshape(m.shape), pairs))

    found = OBJECTIVES[name](m, _counts(pairs, m.shape))
    expected = optimize.approx_fprime(m.ravel(), loss, 1e-6)
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-5)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_large_scores_overflow_nothing(name):
    m = np.array([[900.0, -900.0], [0.0, 900.0]])
    assert np.isfinite(OBJECTIVES[name](m, np.array([[1.0, 2.0], [0.0, 1.0]]))).all()


@pytest.mark.parametrize("name", OBJECTIVES)
def test_seeds_side_by_side_are_each_alone(name):
    rng = np.random.default_rng(3)
    m = rng.normal(size=(2, 3, 4))
    counts = rng.multinomial(9, np.full(12, 1 / 12), 2).reshape(m.shape).astype(float)
    gradients = OBJECTIVES[name](m, counts)
    for seed in range(2):
        np.testing.assert_allclose(
            gradients[seed], OBJECTIVES[name](m[seed], counts[seed])
        )


def _population(name, m, batch_size):
    """Exact expectation of loss and gradient over all batches of a 2 x 2 joint."""
    cells = list(itertools.product(range(2), repeat=2))
    loss, gradient = 0.0, np.zeros((2, 2))
    # The order of a batch does not matter, so each is taken as often as it has orders.
    for pairs in itertools.combinations_with_replacement(cells, batch_size):
        times = [math.factorial(pairs.count(cell)) for cell in cells]
        orders = math.factorial(batch_size) / math.prod(times)
        chance = orders * np.prod([_P[pair] for pair in pairs])
        loss += chance * _loop(name, m, pairs)
        gradient += chance * OBJECTIVES[name](m, _counts(pairs, (2, 2)))
    return loss, gradient


@pytest.mark.parametrize("batch_size", [2, 3, 4])
@pytest.mark.parametrize(
    ("name", "optimum"),
    [("likelihood", _P), ("pseudo_likelihood", _P), ("infonce", _RATIO)],
)
def test_population_optimum_is_the_joint_or_the_ratio(name, optimum, batch_size):
    def flat(values):
        loss, gradient = _population(name, values.reshape(2, 2), batch_size)
        return loss, gradient.ravel()

    found = optimize.minimize(flat, np.zeros(4), jac=True, tol=1e-12)
    np.testing.assert_allclose(
        special.softmax(found.x), (optimum / optimum.sum()).ravel(), atol=1e-5
    )
    _, gradient = _population(name, np.log(optimum), batch_size)
    np.testing.assert_allclose(gradient, 0, atol=1e-12)
    other = _RATIO if optimum is _P else _P
    assert np.abs(_population(name, np.log(other), batch_size)[1]).max() > 0.01


def test_pseudo_likelihood_does_not_see_the_factor_of_a_component():
    joint = known.get("two_dice")
    m = np.where(joint.p > 0, np.log(np.where(joint.p > 0, joint.p, 1)), -800.0)
    shifted = m + 3.0 * (joint.components == 0)
    for name in ("pseudo_likelihood", "likelihood"):
        np.testing.assert_allclose(OBJECTIVES[name](m, joint.p), 0, atol=1e-15)
        same = np.allclose(OBJECTIVES[name](shifted, joint.p), 0, atol=1e-12)
        assert same == (name == "pseudo_likelihood")


def test_infonce_is_pseudo_likelihood_of_the_table_times_the_marginals():
    rng = np.random.default_rng(5)
    m = rng.normal(size=(3, 4))
    counts = rng.integers(1, 9, (3, 4)).astype(float)
    shares = counts / counts.sum()
    s_x, s_y = shares.sum(axis=1, keepdims=True), shares.sum(axis=0, keepdims=True)
    expected = table_objectives.pseudo_likelihood(m + np.log(s_x) + np.log(s_y), counts)
    np.testing.assert_allclose(
        table_objectives.infonce(m, counts), expected / 2, atol=1e-12
    )
