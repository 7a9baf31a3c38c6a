"""Learning rates at steps worked out by hand."""

import math

import keras
import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.training import schedules

PEAK = 0.01
KINDS = ["cosine", "cosine_restarts", "transformer", "stepwise", "constant"]


def rates(kind, steps, *, warmup_steps=10, total_steps=110):
    schedule = schedules.WarmupSchedule(kind, PEAK, warmup_steps, total_steps)
    return [float(schedule(step)) / PEAK for step in steps]


@pytest.mark.parametrize("kind", KINDS)
def test_the_rise_has_equal_steps_up_to_the_peak(kind):
    # Steps count from 0, so that the first step already moves.
    expected = [(step + 1) / 10 for step in range(10)]
    np.testing.assert_allclose(rates(kind, range(10)), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (10, 1.0),  # cos 0 = 1
        (35, (1 + math.sqrt(0.5)) / 2),  # cos(pi / 4)
        (60, 0.5),  # cos(pi / 2) = 0
        (85, (1 - math.sqrt(0.5)) / 2),
        (110, 0.0),  # cos pi = -1
        (500, 0.0),  # It does not rise again.
    ],
)
def test_cosine(step, expected):
    np.testing.assert_allclose(rates("cosine", [step]), [expected], atol=1e-6)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        # 70 steps after the rise: periods of 10, 20 and 40 steps.
        (10, 1.0),
        (15, 0.5),  # Half of the first: cos(pi / 2) = 0.
        (19, (1 + math.cos(0.9 * math.pi)) / 2),
        (20, 1.0),  # Restart.
        (25, (1 + math.sqrt(0.5)) / 2),  # A quarter of the second: cos(pi / 4).
        (30, 0.5),
        (39, (1 + math.cos(0.95 * math.pi)) / 2),
        (40, 1.0),  # Restart.
        (60, 0.5),
        (80, 0.0),
        (500, 0.0),  # It does not restart again.
    ],
)
def test_cosine_restarts_in_periods_of_double_length(step, expected):
    found = rates("cosine_restarts", [step], total_steps=80)
    np.testing.assert_allclose(found, [expected], atol=1e-6)


@pytest.mark.parametrize(
    ("step", "expected"),
    [(10, math.sqrt(10 / 11)), (39, 1 / 2), (89, 1 / 3), (999, 1 / 10)],
)
def test_transformer_falls_with_the_inverse_square_root(step, expected):
    np.testing.assert_allclose(rates("transformer", [step]), [expected], rtol=1e-6)


def test_stepwise():
    # Half of 80 steps, three quarters and seven eighths: steps 40, 60 and 70.
    steps = [10, 39, 40, 59, 60, 69, 70, 79, 200]
    expected = [1, 1, 10**-0.5, 10**-0.5, 0.1, 0.1, 10**-1.5, 10**-1.5, 10**-1.5]
    np.testing.assert_allclose(
        rates("stepwise", steps, total_steps=80), expected, rtol=1e-5
    )


def test_constant_stays_at_the_peak():
    np.testing.assert_allclose(rates("constant", [9, 10, 50, 1000]), 1.0, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_without_warmup_the_first_step_has_the_peak(kind):
    np.testing.assert_allclose(rates(kind, [0], warmup_steps=0), [1.0], rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_shorter_than_its_warmup_only_rises(kind):
    found = rates(kind, range(4), warmup_steps=100, total_steps=8)
    np.testing.assert_allclose(found, [0.01, 0.02, 0.03, 0.04], rtol=1e-6)


def test_build_takes_the_configuration():
    config = OptimizerConfig(learning_rate=0.5, schedule="cosine", warmup_steps=2)
    schedule = schedules.build(config, steps=6)
    found = [float(schedule(step)) for step in range(7)]
    # The rise 1/2, 1, then (1 + cos(pi * n / 4)) / 2 for n of 0 to 4.
    fall = [1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2, 0]
    np.testing.assert_allclose(found, 0.5 * np.array([0.5, 1, *fall]), atol=1e-6)


def test_keras_saves_and_loads_it():
    schedule = schedules.WarmupSchedule("transformer", 0.1, 4, 20)
    saved = keras.saving.serialize_keras_object(schedule)
    loaded = keras.saving.deserialize_keras_object(saved)
    # sqrt(4 / 16) of the peak.
    assert float(loaded(15)) == pytest.approx(0.05)


def test_an_optimizer_takes_it():
    schedule = schedules.WarmupSchedule("constant", 0.1, 2, 20)
    optimizer = keras.optimizers.SGD(schedule)
    weight = keras.Variable(1.0)
    for _ in range(3):
        optimizer.apply([keras.ops.ones(())], [weight])
    # Steps of 0.05, 0.1 and 0.1 down a slope of 1.
    assert float(weight) == pytest.approx(0.75)


def test_an_unknown_schedule_is_refused():
    config = OptimizerConfig(schedule="linear")
    with pytest.raises(UserError, match="schedule .* cosine, .* got 'linear'"):
        schedules.build(config, 100)
