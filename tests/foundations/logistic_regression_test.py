"""Gradients by hand against differences, and a training against Keras's."""

import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.foundations import logistic_regression
from set_contrastive.foundations.derivatives import finite_differences
from set_contrastive.foundations.derivatives import logistic


@pytest.mark.parametrize("seed", range(3))
def test_gradients_are_those_of_finite_differences(seed):
    rows = list(finite_differences.check(logistic.CASES, seed))
    assert [(row["function"], row["argument"]) for row in rows] == [
        *(("linear", "x"), ("linear", "weight"), ("linear", "bias")),
        *(("sigmoid", "z"), ("loss", "p"), ("loss", "y")),
    ]
    assert max(row["relative_error"] for row in rows) < 1e-8


def test_a_wrong_gradient_is_found():
    @tf.custom_gradient
    def square(x):
        return x * x, lambda u: u * x  # Half of what it is.

    case = finite_differences.Case(
        "square", square, ("x",), lambda rng: [rng.normal(size=4)]
    )
    (row,) = finite_differences.check([case], 0)
    assert row["relative_error"] == pytest.approx(0.5, rel=1e-6)


def test_values_are_keras_own():
    z = np.array([[-800.0], [-3.0], [0.0], [2.0], [800.0]])
    np.testing.assert_allclose(
        logistic.sigmoid(tf.constant(z)), keras.ops.sigmoid(z), rtol=1e-6
    )
    p, y = np.array([[0.1], [0.6], [0.9]]), np.array([[0.0], [1.0], [0.25]])
    theirs = keras.losses.BinaryCrossentropy(dtype="float64")(y, p)
    np.testing.assert_allclose(
        logistic.loss(tf.constant(p), tf.constant(y)), theirs, rtol=1e-6
    )


def test_200_steps_end_where_keras_does():
    options = logistic_regression.Options()
    x, y = logistic_regression.examples(options)
    assert x.shape == (2000, 20) and set(np.unique(y)) == {0, 1}
    rows = list(logistic_regression._rows(x, y, options))
    assert [row["precision"] for row in rows] == ["float64", "float32"]
    for row in rows:
        assert row["steps"] == len(row["differences"]) == 200
        assert row["largest_difference"] < 1e-6
        assert row["loss_end"] < 0.6 * row["loss_start"]
        assert row["held_out_accuracy"] > 0.8


def test_weights_of_a_step_are_those_of_the_formula():
    x, y = np.array([[1.0, 2.0], [0.0, 4.0]]), np.array([[1.0], [0.0]])
    batch = (tf.constant(x), tf.constant(y))
    ((weight, bias),) = logistic_regression.by_hand([batch], 0.5)
    error = 0.5 - y  # All probabilities are 1/2 at first.
    np.testing.assert_allclose(weight, -0.5 * x.T @ error / 2)
    np.testing.assert_allclose(bias, [-0.5 * error.mean()], atol=1e-12)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(UserError, match=r"pip install 'set_contrastive\[foundations\]"):
        logistic_regression.examples(logistic_regression.Options())
