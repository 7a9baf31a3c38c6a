"""Tests of the search for keys: derivatives, invariance, and brute force."""

import itertools
import math

import numpy as np
import pytest
from scipy import optimize
from scipy import special

from set_contrastive.free_vectors import keys as keys_lib
from set_contrastive.free_vectors import queries
from set_contrastive.free_vectors.queries import Keys
from set_contrastive.games import distinct_subsets


def _all_subsets(num_keys):
    masks = [m for m in itertools.product((0, 1), repeat=num_keys) if any(m)]
    return distinct_subsets.of_masks(np.array(masks, bool))


def _random_keys(seed, num_keys, dim):
    rng = np.random.default_rng(seed)
    return Keys(rng.standard_normal((num_keys, dim)), rng.standard_normal(num_keys))


def _value(point, subsets, x, y):
    """Mean least value of the keys K + P X, b + P y, solved from scratch."""
    basis = point.complement()
    moved = Keys(point.keys.vectors + basis @ x, point.keys.biases + basis @ y)
    found = queries.solve(moved, subsets.truth, point.ridge, tolerance=1e-13)
    squares = (found.scores**2).sum(axis=1)
    return subsets.weights @ (found.kl_nats + point.ridge / 2 * squares)


@pytest.mark.parametrize(("num_keys", "dim"), [(5, 2), (4, 1)])
def test_derivatives_are_those_of_finite_differences(num_keys, dim):
    subsets = _all_subsets(num_keys)
    start = _random_keys(0, num_keys, dim)
    point = keys_lib.prepare(start, subsets, 0.02)
    exact = queries.solve(point.keys, subsets.truth, 0.02, tolerance=1e-13)
    point = keys_lib.Point(point.keys, exact, 0.02, point.value)
    slope, bend = keys_lib.gradient(point, subsets), keys_lib.hessian(point, subsets)
    step = 1e-3

    def at(change):
        change = change.reshape(slope.shape)
        return _value(point, subsets, change[:, :-1], change[:, -1])

    unit = np.eye(slope.size) * step
    slopes = [(at(e) - at(-e)) / (2 * step) for e in unit]
    np.testing.assert_allclose(slope.ravel(), slopes, atol=1e-6)
    bends = [
        [at(e + f) - at(e - f) - at(f - e) + at(-e - f) for f in unit] for e in unit
    ]
    np.testing.assert_allclose(bend, np.array(bends) / (4 * step**2), atol=2e-5)


def test_only_the_space_that_keys_span_matters():
    subsets = _all_subsets(5)
    plain = _random_keys(1, 5, 2)
    rng = np.random.default_rng(2)
    mixed = plain.vectors @ rng.standard_normal((2, 2)) + rng.standard_normal(2)
    biases = plain.biases + plain.vectors @ rng.standard_normal(2) + 3.0
    one, other = (
        keys_lib.prepare(keys, subsets, 0.01) for keys in (plain, Keys(mixed, biases))
    )
    assert one.value == pytest.approx(other.value, abs=1e-9)
    np.testing.assert_allclose(
        one.keys.vectors.T @ one.keys.vectors, np.eye(2), atol=1e-12
    )
    basis = one.complement()
    assert basis.shape == (5, 2)
    rest = np.column_stack([one.keys.vectors, one.keys.biases, np.ones(5)])
    np.testing.assert_allclose(basis.T @ rest[:, :2], 0, atol=1e-12)
    np.testing.assert_allclose(one.keys.vectors.T @ rest[:, 2:], 0, atol=1e-12)


def _by_brute_force(subsets, ridge):
    """The least value of 3 keys and d = 1, from a grid of lines in the plane."""
    plane = np.array([[1, -1, 0], [1, 1, -2]]) / np.sqrt([[2], [6]])

    def of_query(q, truth, along, offset):
        scores = q * along + offset
        log_p = scores - special.logsumexp(scores)
        entropy = math.log((truth > 0).sum())
        return -entropy - truth @ log_p + ridge / 2 * scores @ scores

    def of_line(line):
        angle, distance = line
        along = plane.T @ [math.cos(angle), math.sin(angle)]
        offset = distance * (plane.T @ [-math.sin(angle), math.cos(angle)])
        values = [
            optimize.minimize_scalar(of_query, args=(truth, along, offset)).fun
            for truth in subsets.truth
        ]
        return subsets.weights @ values

    grid = itertools.product(np.linspace(0, math.pi, 13), np.linspace(-3, 3, 9))
    found = optimize.minimize(of_line, min(grid, key=of_line), method="Nelder-Mead")
    return found.fun


def test_three_keys_against_brute_force():
    subsets, ridge = _all_subsets(3), 1e-2
    ends = []
    for seed in range(6):
        start = keys_lib.prepare(_random_keys(seed, 3, 1), subsets, ridge)
        end = keys_lib.minimize(start, subsets, 1e-9)
        assert end.point.value <= start.value
        ends.append(end)
    best = min(ends, key=lambda end: end.point.value)
    assert best.gradient_norm < 1e-3 and best.curvature > 0
    assert best.point.value == pytest.approx(_by_brute_force(subsets, ridge), abs=1e-6)


def test_what_is_foreseen_is_solved_to_the_same():
    subsets = _all_subsets(5)
    point = keys_lib.prepare(_random_keys(4, 5, 2), subsets, 1e-3)
    change = 0.05 * np.random.default_rng(0).standard_normal((2, 3))
    moved = keys_lib.move(point, change, subsets)
    expected = _value(point, subsets, change[:, :-1], change[:, -1])
    assert moved.value == pytest.approx(expected, abs=1e-7)


def test_queries_are_foreseen_to_second_order():
    subsets = _all_subsets(5)
    point = keys_lib.prepare(_random_keys(4, 5, 2), subsets, 1e-2)
    exact = queries.solve(point.keys, subsets.truth, 1e-2, tolerance=1e-13)
    point = keys_lib.Point(point.keys, exact, 1e-2, point.value)
    change = 1e-3 * np.random.default_rng(0).standard_normal((2, 3))
    moved = keys_lib.move(point, change, subsets)
    # One step each, from errors of 1e-6, whose squares are left in the decrement.
    assert moved.queries.iterations == 1
    assert moved.queries.decrement.max() < 1e-9


def test_saddle_points_are_left():
    """Two copies of one key, told apart by nothing but a grain of noise."""
    subsets = _all_subsets(4)
    rng = np.random.default_rng(0)
    vectors = np.array([[1.0], [-1.0], [0.0], [0.0]]) + 1e-3 * rng.normal(size=(4, 1))
    start = keys_lib.prepare(Keys(vectors, np.zeros(4)), subsets, 1e-2)
    least = np.linalg.eigvalsh(keys_lib.hessian(start, subsets))[0]
    end = keys_lib.minimize(start, subsets, 1e-7)
    assert least < -1e-3 and end.curvature > 0
    assert end.point.value < start.value - 1e-3


def test_as_many_dimensions_as_keys_but_one_score_everything():
    subsets = _all_subsets(4)
    end = keys_lib.minimize(
        keys_lib.prepare(_random_keys(0, 4, 3), subsets, 1e-9), subsets
    )
    assert end.steps == 0
    assert subsets.weights @ end.point.queries.kl_nats < 1e-5
