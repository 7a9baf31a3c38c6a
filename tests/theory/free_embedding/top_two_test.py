"""Tests of the training of free vectors on pairs, by brute force and by geometry."""

import itertools
import math

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.theory.free_embedding import top_two


def test_pairs_are_all_pairs():
    expected = list(itertools.combinations(range(6), 2))
    assert [tuple(row) for row in top_two.pairs(6).tolist()] == expected


def test_accuracy_is_that_of_brute_force():
    rng = np.random.default_rng(0)
    for _ in range(20):
        places = top_two.pairs(5)
        scores = rng.integers(0, 6, (len(places), 5)).astype(float)  # With ties.
        right = 0
        for row, pair in zip(scores, places, strict=True):
            others = set(range(5)) - set(pair.tolist())
            right += all(row[p] > row[o] for p in pair for o in others)
        assert top_two.accuracy(scores, places) == right / len(places)


def _infonce(scores, places):
    total = 0.0
    for row, pair in zip(scores, places, strict=True):
        log_sum = math.log(sum(math.exp(s) for s in row))
        total += sum(log_sum - row[p] for p in pair) / 2
    return total / len(scores)


def _margin(scores, places):
    total = 0.0
    for row, pair in zip(scores, places, strict=True):
        rest = [s for k, s in enumerate(row) if k not in pair]
        total += max(0.0, 1 - (min(row[p] for p in pair) - max(rest)))
    return total / len(scores)


def _sigmoid(scores, places):
    total = 0.0
    for row, pair in zip(scores, places, strict=True):
        for k, s in enumerate(row):
            sign = 1 if k in pair else -1
            total += math.log(1 + math.exp(-sign * (s - 0.7)))
    return total / len(scores)


@pytest.mark.parametrize(
    ("name", "written_anew"),
    [("infonce", _infonce), ("margin", _margin), ("sigmoid", _sigmoid)],
)
def test_losses_and_their_gradients(name, written_anew):
    places = top_two.pairs(5)
    scores = np.random.default_rng(1).standard_normal((len(places), 5))
    loss, slope = top_two.OBJECTIVES[name](scores.copy(), places, -0.7)
    assert loss == pytest.approx(written_anew(scores, places), rel=1e-6)
    step = 1e-5
    for row, column in itertools.product(range(len(places)), range(5)):
        ahead, behind = scores.copy(), scores.copy()
        ahead[row, column] += step
        behind[row, column] -= step
        expected = (written_anew(ahead, places) - written_anew(behind, places)) / (
            2 * step
        )
        assert slope[row, column] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", list(top_two.OBJECTIVES))
def test_large_scores_overflow_nothing(name):
    places = top_two.pairs(4)
    scores = np.full((6, 4), -1e4, np.float32)
    np.put_along_axis(scores, places, 1e4, axis=1)
    for sign, expected in ((1, 0.0), (-1, 1e4)):
        loss, slope = top_two.OBJECTIVES[name](sign * scores, places, 0.0)
        assert loss >= expected and np.isfinite(slope).all()


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("objective", list(top_two.OBJECTIVES))
def test_few_documents_are_solved(objective, normalize):
    settings = top_two.Settings(objective, normalize, max_steps=4_000)
    outcome = top_two.train(5, 4, 0, settings)
    assert outcome.is_solved and outcome.steps % settings.check_every == 0


def test_on_a_circle_only_neighbours_are_found_together():
    """Of 4 documents in the plane, at most 4 of the 6 pairs are edges of the hull."""
    settings = top_two.Settings(max_steps=3_000)
    assert any(top_two.train(3, 2, seed, settings).is_solved for seed in range(5))
    best = max(top_two.train(4, 2, seed, settings).accuracy for seed in range(5))
    assert best == 4 / 6


def test_training_ends_when_the_loss_no_longer_falls():
    settings = top_two.Settings(patience=20, least_fall=10.0)
    # The first loss counts as a fall; 20 further steps bring no fall of 10 nats.
    assert top_two.train(9, 2, 0, settings).steps == 21


def test_equal_seeds_end_equally_and_others_do_not():
    settings = top_two.Settings()
    runs = [top_two.train(8, 4, seed, settings) for seed in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]


def test_adam_takes_the_steps_of_its_paper():
    values = np.array([[1.0, -2.0]], np.float32)
    first, second = np.zeros_like(values), np.zeros_like(values)
    expected, m, v = [1.0, -2.0], [0.0, 0.0], [0.0, 0.0]
    for step in range(1, 6):
        slopes = [math.sin(step), 0.01 * step]
        top_two._adam(values, np.array([slopes], np.float32), first, second, step, 0.1)
        for place, slope in enumerate(slopes):
            m[place] = 0.9 * m[place] + 0.1 * slope
            v[place] = 0.999 * v[place] + 0.001 * slope**2
            ahead, size = m[place] / (1 - 0.9**step), v[place] / (1 - 0.999**step)
            expected[place] -= 0.1 * ahead / (math.sqrt(size) + 1e-8)
        np.testing.assert_allclose(values[0], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"objective": "triplet"}, "one of infonce, margin, sigmoid, got 'triplet'"),
        ({"temperature": 0.0}, "temperature must be above 0, got 0.0"),
        ({"max_steps": 0}, "max_steps must be above 0, got 0"),
    ],
)
def test_bad_settings_are_named(values, message):
    with pytest.raises(UserError, match=message):
        top_two.Settings(**values)
