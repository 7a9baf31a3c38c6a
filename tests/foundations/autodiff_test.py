"""Both modes against TensorFlow's and against counting by hand."""

import math
import operator

import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.foundations import autodiff
from set_contrastive.foundations.derivatives import example
from set_contrastive.foundations.derivatives import forward
from set_contrastive.foundations.derivatives import reverse

# Programs of two numbers, and the same with TensorFlow's functions.
PROGRAMS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "constants": lambda a, b: (2.0 - a) / 3.0 + 4.0 / b - (1.0 + a * 5.0) + 6.0 * b,
    "negative": lambda a, b: -a * b - a,
}
FUNCTIONS = {
    "exp": (lambda a: a.exp(), tf.exp),
    "log": (lambda a: a.log(), tf.math.log),
    "sin": (lambda a: a.sin(), tf.sin),
    "tanh": (lambda a: a.tanh(), tf.tanh),
}
POINT = [0.7, 1.9]


def jacobians(program):
    """Returns the Jacobians of a program from a list to a list, by both modes."""
    backward, *_ = reverse.jacobian(program, POINT)
    along, _ = forward.jacobian(program, POINT)
    return backward, along


def of_tensorflow(program):
    x = tf.constant(POINT, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = program(x[0], x[1])
    return tape.gradient(y, x).numpy()


@pytest.mark.parametrize("name", PROGRAMS)
def test_operators_have_the_derivatives_of_tensorflow(name):
    program = PROGRAMS[name]
    for found in jacobians(lambda x: [program(*x)]):
        np.testing.assert_allclose(found[0], of_tensorflow(program), rtol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_the_derivatives_of_tensorflow(name):
    mine, theirs = FUNCTIONS[name]
    for found in jacobians(lambda x: [mine(x[0] * x[1])]):
        expected = of_tensorflow(lambda a, b: theirs(a * b))
        np.testing.assert_allclose(found[0], expected, rtol=1e-12)


def test_what_is_used_twice_adds_up():
    def program(x):
        square = x[0] * x[0]
        return [square * square + square, x[1]]  # x^4 + x^2

    for found in jacobians(program):
        expected = [[4 * 0.7**3 + 2 * 0.7, 0.0], [0.0, 1.0]]
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_long_program_does_not_end_at_the_depth_of_python():
    def program(x):
        value = x[0]
        for _ in range(5000):
            value = value + 1.0
        return [value]

    for found in jacobians(program):
        assert found == [[1.0, 0.0]]


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (5, 1), (3, 4), (4, 3)])
def test_a_row_is_counted_by_hand_and_equals_tensorflow(size):
    n, m = size
    row = autodiff.row(n, m, seed=1)
    assert max(row["from_tape"], row["from_accumulator"]) < 1e-12
    values = 2 * n + m * (n + n - 1 + 8)
    partials = 3 * n + m * (n + 2 * (n - 1) + 11)
    assert row["function"] == values
    assert row["forward"] == n * (values + 2 * partials)
    # One walk sees the operations of one result, and all that come before.
    per_result = (partials - 3 * n) / m
    assert row["reverse"] == values + partials + m * (3 * n + per_result)


def test_results_win_forward_and_inputs_win_reverse():
    assert autodiff.row(1, 16, 0)["fewer"] == "forward"
    wide = autodiff.row(64, 1, 0)
    assert wide["fewer"] == "reverse"
    # The gradient costs a small multiple of the function, however many inputs.
    assert wide["reverse"] < 5 * wide["function"]
    assert wide["forward"] > 64 * wide["function"]


def test_values_are_those_of_the_function():
    weights = np.array([[0.3, -0.2]])
    (mine,) = example.on_scalars(weights)(
        [reverse.Node(v, reverse.Counter()) for v in POINT]
    )
    s = [v * math.sin(v) for v in POINT]
    gate = math.log(1 + math.exp(s[0])) / (2 + POINT[0] ** 2)
    assert mine.value == pytest.approx(math.tanh(0.3 * s[0] - 0.2 * s[1]) - gate)
    np.testing.assert_allclose(
        example.on_tensors(weights)(tf.constant(POINT, "float64")), [mine.value]
    )
