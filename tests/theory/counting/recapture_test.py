"""Capture-recapture on numbers worked out by hand and on known populations."""

import math

import numpy as np
import pytest

from set_contrastive.games import registry
from set_contrastive.theory.counting import drawn
from set_contrastive.theory.counting import key_words
from set_contrastive.theory.counting import recapture


def test_chapman_by_hand():
    # 10 turtles marked, then 15 caught, 5 of them marked: 20 seen, N = 11 * 16 / 6 - 1.
    found = recapture.chapman(10, 15, 5)
    assert found.value == pytest.approx(28 + 1 / 3)
    variance = 11 * 16 * 5 * 10 / (6**2 * 7)
    unseen = 8 + 1 / 3
    factor = math.exp(1.959964 * math.sqrt(math.log(1 + variance / unseen**2)))
    assert found.low == pytest.approx(20 + unseen / factor)
    assert found.high == pytest.approx(20 + unseen * factor)


def test_chapman_when_all_are_seen():
    assert recapture.chapman(7, 7, 7) == recapture.Interval(7, 7, 7)


def test_chapman_without_a_recapture():
    found = recapture.chapman(100, 100, 0)
    assert found.value == 101**2 - 1
    assert found.low > 200
    assert math.isfinite(found.high)


def test_chao_by_hand():
    # 4 seen once, 2 twice, 1 three times: n = 11, D = 7.
    times = np.array([1, 1, 1, 1, 2, 2, 3])
    found = recapture.chao1(times)
    assert found.value == pytest.approx(7 + 10 / 11 * 4**2 / (2 * 2))
    a, ratio = 10 / 11, 4 / 2
    variance = 2 * (a * ratio**2 / 2 + a**2 * ratio**3 + a**2 * ratio**4 / 4)
    unseen = found.value - 7
    factor = math.exp(1.959964 * math.sqrt(math.log(1 + variance / unseen**2)))
    assert found.low == pytest.approx(7 + unseen / factor)
    assert found.high == pytest.approx(7 + unseen * factor)


def test_chao_without_any_seen_twice():
    found = recapture.chao1(np.ones(10, int))
    assert found.value == pytest.approx(10 + 0.9 * 10 * 9 / 2)
    assert 10 < found.low < found.value < found.high


def test_chao_when_all_are_seen_often():
    found = recapture.chao1(np.array([5, 4, 7]))
    assert (found.value, found.low, found.high) == (3, 3, 3)


@pytest.mark.parametrize("size", [500, 5000])
def test_intervals_cover_a_uniform_population(size):
    rng, runs = np.random.default_rng(0), 400
    covered = {"chapman": 0, "chao1": 0}
    for _ in range(runs):
        samples = rng.integers(0, size, (2, 600))
        first, second = (set(sample.tolist()) for sample in samples)
        _, times = np.unique(samples, return_counts=True)
        for name, found in (
            (
                "chapman",
                recapture.chapman(len(first), len(second), len(first & second)),
            ),
            ("chao1", recapture.chao1(times)),
        ):
            covered[name] += found.low <= size <= found.high
    assert all(0.91 <= count / runs <= 0.99 for count in covered.values()), covered


def test_both_are_too_low_where_chances_differ():
    # Half of all draws fall on 2,000 of 20,000.
    rng, size = np.random.default_rng(0), 20_000
    samples = np.where(
        rng.random((2, 3000)) < 0.5,
        rng.integers(0, 2000, (2, 3000)),
        rng.integers(0, size, (2, 3000)),
    )
    first, second = (set(sample.tolist()) for sample in samples)
    _, times = np.unique(samples, return_counts=True)
    chapman = recapture.chapman(len(first), len(second), len(first & second))
    assert chapman.high < 0.8 * size
    assert recapture.chao1(times).high < size


@pytest.mark.parametrize(("num_pairs", "truth"), [(1, 64), (2, 1801), (3, 28666)])
def test_union_27_where_the_truth_is_known(num_pairs, truth):
    game = registry.get("union_27").with_pairs(num_pairs)
    samples = [drawn.words(game, 20_000, seed) for seed in (0, 1)]
    first, second = (len(key_words.distinct(sample)[0]) for sample in samples)
    _, times = key_words.distinct(np.concatenate(samples))
    chao = recapture.chao1(times)
    chapman = recapture.chapman(first, second, first + second - len(times))
    assert len(times) <= chao.value <= 1.02 * truth
    assert chapman.value <= 1.02 * truth
    if num_pairs == 1:
        assert chao.value == chapman.value == truth
    if num_pairs == 3:  # Many are unseen, and their chances differ.
        assert chapman.high < 0.95 * truth
        assert chapman.high < chao.low < truth
