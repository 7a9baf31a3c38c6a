"""Tests of the best query vectors for given keys, against scipy and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from scipy import optimize
from scipy import special

from set_contrastive.free_vectors import queries


def _truth(*subsets, num_keys):
    rows = np.zeros((len(subsets), num_keys))
    for row, subset in zip(rows, subsets, strict=True):
        row[list(subset)] = 1 / len(subset)
    return rows


def _value(q, keys, truth, ridge):
    """The function of one query, written down anew."""
    scores = keys.vectors @ q + keys.biases
    log_p = scores - special.logsumexp(scores)
    kl = sum(u * (math.log(u) - lp) for u, lp in zip(truth, log_p, strict=True) if u)
    return kl + ridge / 2 * scores @ scores


def _random(seed, num_keys, dim, count):
    rng = np.random.default_rng(seed)
    keys = queries.Keys(
        rng.standard_normal((num_keys, dim)), rng.standard_normal(num_keys)
    )
    masks = rng.random((count, num_keys)) < 0.5
    masks[~masks.any(axis=1), 0] = True
    return keys, masks / masks.sum(axis=1, keepdims=True)


def test_ends_of_a_line_by_hand():
    """Keys at -1, 0 and 1: by symmetry q = 0, and the middle key takes its share."""
    for bias in (0.0, 1.5):
        keys = queries.Keys(np.array([[-1.0], [0.0], [1.0]]), np.array([0, bias, 0]))
        truth = _truth({0, 2}, num_keys=3)
        found = queries.solve(keys, truth, tolerance=1e-12)
        assert found.vectors[0, 0] == pytest.approx(0.0, abs=1e-9)
        expected = math.log((2 + math.exp(bias)) / 2)
        assert found.kl_nats[0] == pytest.approx(expected)
        assert queries.certify(keys, truth, found)[0] < 1e-9


def test_two_keys_are_told_apart_and_made_equal():
    keys = queries.Keys(np.array([[-1.0], [1.0]]), np.array([0.3, -0.3]))
    truth = _truth({0}, {0, 1}, num_keys=2)
    found = queries.solve(keys, truth, tolerance=1e-10)
    assert found.kl_nats == pytest.approx([0, 0], abs=1e-9)
    assert found.vectors[0, 0] < -5  # The minimum is at infinity.
    assert found.vectors[1, 0] == pytest.approx(0.3)


@pytest.mark.parametrize("ridge", [0.0, 0.1])
def test_the_solution_is_that_of_scipy(ridge):
    keys, truth = _random(3, 6, 2, 12)
    found = queries.solve(keys, truth, ridge, tolerance=1e-12)
    for row in range(len(truth)):
        least = optimize.minimize(
            _value,
            np.zeros(2),
            (keys, truth[row], ridge),
            method="BFGS",
            options={"gtol": 1e-9, "maxiter": 500},
        )
        scores = found.scores[row]
        ours = found.kl_nats[row] + ridge / 2 * scores @ scores
        assert ours == pytest.approx(least.fun, abs=2e-6)
        assert ours <= least.fun + 1e-9


def test_gradient_and_hessian_are_those_of_finite_differences():
    keys, truth = _random(5, 7, 3, 2)
    ridge, step = 0.05, 1e-4
    q = np.random.default_rng(0).standard_normal((2, 3))
    scores, logs, values = queries.evaluate(keys, truth, ridge, q)
    gradient, newton = queries.newton_step(keys, truth, ridge, scores, np.exp(logs))
    hessian = queries.hessians(keys, ridge, np.exp(logs))
    unit = np.eye(3) * step
    for row in range(2):

        def at(x, row=row):
            return _value(x, keys, truth[row], ridge)

        assert values[row] == pytest.approx(at(q[row]))
        slopes = [(at(q[row] + e) - at(q[row] - e)) / (2 * step) for e in unit]
        np.testing.assert_allclose(gradient[row], slopes, atol=1e-7)
        bends = [
            [
                at(q[row] + e + f)
                - at(q[row] + e - f)
                - at(q[row] - e + f)
                + at(q[row] - e - f)
                for f in unit
            ]
            for e in unit
        ]
        np.testing.assert_allclose(
            hessian[row], np.array(bends) / (4 * step**2), atol=1e-6
        )
        np.testing.assert_allclose(hessian[row] @ newton[row], -gradient[row])


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), steps=st.integers(0, 6), dim=st.integers(1, 4))
def test_the_certificate_bounds_what_a_long_solution_reaches(seed, steps, dim):
    keys, truth = _random(seed, 6, dim, 20)
    early = queries.solve(keys, truth, max_iterations=steps)
    late = queries.solve(keys, truth, tolerance=1e-14, max_iterations=500)
    gap = queries.certify(keys, truth, early)
    assert (gap >= 0).all() and (gap <= early.kl_nats).all()
    assert (early.kl_nats - gap <= late.kl_nats + 1e-10).all()


def test_the_certificate_is_tight_near_the_minimum():
    keys, truth = _random(1, 8, 3, 30)
    late = queries.solve(keys, truth, tolerance=1e-14, max_iterations=500)
    inside = late.kl_nats > 0.01  # Others have their minimum at infinity.
    assert inside.sum() > 5
    shifted = late.vectors + 1e-3
    scores, logs, _ = queries.evaluate(keys, truth, 0.0, shifted)
    near = queries.QueryVectors(
        shifted,
        scores,
        np.exp(logs),
        queries.evaluate(keys, truth, 0.0, shifted)[2],
        late.decrement,
        0,
    )
    gap = queries.certify(keys, truth, near)[inside]
    above = (near.kl_nats - late.kl_nats)[inside]
    np.testing.assert_allclose(gap, above, rtol=0.05)
