"""The gradient noise scale, on gradients whose mean and covariance are known."""

import math

import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.training import gradient_noise


def test_three_gradients_by_hand():
    # Squared lengths 1, 4 and 5, of mean (1, 1) with square 2: |G|^2 is (6 - 10/3) / 2
    # and tr(Sigma) 10 (10/3 - 2) / (2/3).
    batches = [([1.0], [0.0]), ([0.0], [2.0]), ([2.0], [1.0])]
    found = gradient_noise.measure(
        lambda batch: [tf.constant(part) for part in batch], batches, 10
    )
    assert found == pytest.approx(20 / (4 / 3), rel=1e-6)


def test_it_is_the_trace_of_the_covariance_over_the_squared_mean():
    rng = np.random.default_rng(0)
    mean, deviation, batch = np.full(50, 0.3), 2.0, 16
    scales = []
    for _ in range(200):
        each = mean + deviation * rng.standard_normal((64, batch, 50))
        gradients = each.mean(axis=1)
        squares = (gradients**2).sum(axis=1)
        mean_square = (gradients.mean(axis=0) ** 2).sum()
        scales.append(gradient_noise.noise_scale(squares, mean_square, batch))
    expected = 50 * deviation**2 / (mean**2).sum()
    assert np.median(scales) == pytest.approx(expected, rel=0.05)


def test_a_gradient_that_noise_hides_says_nothing():
    assert math.isnan(gradient_noise.noise_scale([1.0, 1.0], 0.1, 8))
