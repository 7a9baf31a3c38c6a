"""Measures against arithmetic by hand and against SciPy."""

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from set_contrastive.runs import metrics


def mask(*rows):
    return np.array(rows, np.bool_)


def overlap_by_sorting(scores, positives):
    """Top-K overlap of one query by sorting (score, key) pairs."""
    best_first = sorted(range(len(scores)), key=lambda key: (-scores[key], key))
    return len({*best_first[: len(positives)]} & positives) / len(positives)


@st.composite
def scored_queries(draw):
    """Scores `[n, K]`, many of them tied, and masks with a positive key a query."""
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 8)))
    value = st.one_of(st.integers(-3, 3), st.floats(-50, 50))
    scores = draw(hnp.arrays(np.float64, shape, elements=value))
    key_mask = draw(hnp.arrays(np.bool_, shape))
    key_mask[np.arange(shape[0]), draw(st.integers(0, shape[1] - 1))] = True
    return scores, key_mask


# Probabilities 1/2, 1/4, 1/4.
HALVES = np.log([[2.0, 1.0, 1.0]])


@pytest.mark.parametrize(
    ("key_mask", "expected"),
    [
        (mask([1, 0, 0]), math.log(2)),  # 1 * log(1 / (1/2))
        (mask([0, 1, 0]), math.log(4)),  # 1 * log(1 / (1/4))
        (mask([1, 1, 0]), 0.5 * math.log(1) + 0.5 * math.log(2)),
        (mask([0, 1, 1]), math.log(2)),  # 2 * 1/2 * log((1/2) / (1/4))
        # 1/3 * log((1/3) / (1/2)) + 2/3 * log((1/3) / (1/4))
        (mask([1, 1, 1]), math.log(2 / 3) / 3 + 2 * math.log(4 / 3) / 3),
    ],
)
def test_kl_by_hand(key_mask, expected):
    np.testing.assert_allclose(
        metrics.kl_nats(HALVES, key_mask), [expected], atol=1e-12
    )


@pytest.mark.parametrize("size", [1, 2, 5, 27])
def test_kl_of_a_uniform_prediction(size):
    key_mask = np.arange(27)[None] < size
    # Each of the |S| terms is 1/|S| * log((1/|S|) / (1/27)).
    expected = math.log(27 / size)
    kl = metrics.kl_nats(np.full((1, 27), 3.0), key_mask)
    np.testing.assert_allclose(kl, [expected], atol=1e-12)


def test_a_perfect_prediction():
    key_mask = mask([1, 0, 1, 0], [0, 0, 0, 1], [1, 1, 1, 1])
    scores = np.where(key_mask, 0.0, -1e4)
    np.testing.assert_allclose(metrics.kl_nats(scores, key_mask), 0.0, atol=1e-12)
    np.testing.assert_array_equal(metrics.top_k_overlap(scores, key_mask), 1.0)
    np.testing.assert_allclose(metrics.entropy_bits(scores), [1, 0, 2], atol=1e-12)


def test_a_confident_mistake_costs_the_difference_of_scores():
    # log p of the positive key is -1000 - log(1 + exp(-1000)).
    kl = metrics.kl_nats([[1000.0, 0.0]], mask([0, 1]))
    np.testing.assert_allclose(kl, [1000.0])


@pytest.mark.parametrize(
    ("scores", "key_mask", "expected"),
    [
        ([3, 1, 2, 0], [1, 1, 0, 0], 1 / 2),  # The best two are 0 and 2.
        ([3, 1, 2, 0], [1, 0, 1, 0], 1),
        ([3, 1, 2, 0], [0, 1, 0, 1], 0),
        ([3, 1, 2, 0], [0, 1, 1, 1], 2 / 3),  # The best three are 0, 2 and 1.
        ([3, 1, 2, 0], [1, 1, 1, 1], 1),
        # Ties go to the lower number.
        ([0, 0, 0, 0], [1, 1, 0, 0], 1),
        ([0, 0, 0, 0], [0, 0, 1, 1], 0),
        ([0, 0, 0, 0], [1, 0, 0, 1], 1 / 2),
        ([5, 5, 7, 5], [0, 1, 1, 0], 1 / 2),  # The best two are 2 and 0.
        ([0.0, -0.0], [1, 0], 1),
    ],
)
def test_overlap_by_hand(scores, key_mask, expected):
    (overlap,) = metrics.top_k_overlap([scores], mask(key_mask))
    assert overlap == pytest.approx(expected)


def test_ties_among_many_keys_go_to_the_lower_number():
    # NumPy's sorts differ from a stable one only beyond 16 values.
    scores = np.random.default_rng(0).integers(0, 3, (200, 81))
    key_mask = np.random.default_rng(1).random((200, 81)) < 0.2
    expected = [
        overlap_by_sorting(row.tolist(), set(np.flatnonzero(positives).tolist()))
        for row, positives in zip(scores, key_mask, strict=True)
    ]
    np.testing.assert_allclose(metrics.top_k_overlap(scores, key_mask), expected)


@pytest.mark.parametrize("num_keys", [1, 2, 27, 81])
def test_entropy_of_a_uniform_prediction(num_keys):
    entropy = metrics.entropy_bits(np.full((2, num_keys), -7.0))
    np.testing.assert_allclose(entropy, math.log2(num_keys), atol=1e-12)


def test_entropy_by_hand():
    # 1/2 * 1 bit + 2 * 1/4 * 2 bits.
    np.testing.assert_allclose(metrics.entropy_bits(HALVES), [1.5])


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_low_precision_scores_are_measured_in_float64(dtype):
    kl = metrics.kl_nats(np.array([[3, 1, 0]], dtype), mask([1, 0, 0]))
    expected = math.log(1 + math.exp(-2) + math.exp(-3))
    np.testing.assert_allclose(kl, [expected], rtol=1e-14)


@given(scored_queries())
def test_measures_agree_with_scipy(case):
    scores, key_mask = case
    truth = key_mask / key_mask.sum(axis=1, keepdims=True)
    prediction = scipy.special.softmax(scores, axis=1)
    np.testing.assert_allclose(
        metrics.log_softmax(scores),
        scipy.special.log_softmax(scores, axis=1),
        atol=1e-9,
    )
    np.testing.assert_allclose(
        metrics.kl_nats(scores, key_mask),
        scipy.stats.entropy(truth, prediction, axis=1),
        atol=1e-9,
    )
    np.testing.assert_allclose(
        metrics.entropy_bits(scores),
        scipy.stats.entropy(prediction, base=2, axis=1),
        atol=1e-9,
    )


@given(scored_queries())
def test_overlap_agrees_with_sorting(case):
    scores, key_mask = case
    expected = [
        overlap_by_sorting(row.tolist(), set(np.flatnonzero(positives).tolist()))
        for row, positives in zip(scores, key_mask, strict=True)
    ]
    np.testing.assert_allclose(metrics.top_k_overlap(scores, key_mask), expected)


@given(scored_queries(), st.floats(-100, 100))
def test_bounds_and_invariance(case, shift):
    scores, key_mask = case
    kl = metrics.kl_nats(scores, key_mask)
    assert (kl >= -1e-12).all()
    assert (metrics.entropy_bits(scores) <= math.log2(scores.shape[1]) + 1e-9).all()
    # A constant of its own for each query changes no prediction.
    constants = shift * np.arange(1, 1 + len(scores))[:, None]
    np.testing.assert_allclose(
        metrics.kl_nats(scores + constants, key_mask), kl, atol=1e-9
    )


@given(scored_queries())
def test_overlap_is_whole_only_if_all_positives_come_before_all_others(case):
    scores, key_mask = case
    for row, positives, overlap in zip(
        scores, key_mask, metrics.top_k_overlap(scores, key_mask), strict=True
    ):
        places = [(-score, key) for key, score in enumerate(row.tolist())]
        ours = [place for place, hit in zip(places, positives, strict=True) if hit]
        others = [place for place in places if place not in ours]
        assert (overlap == 1) == (not others or max(ours) < min(others))
        # None of the best |S| keys is positive if that many others come before.
        before = sum(place < min(ours) for place in others)
        assert (overlap == 0) == (before >= len(ours))


def test_summary_by_hand():
    # Queries of sizes 1, 1 and 2 with the probabilities 1/2, 1/4, 1/4.
    scores = np.repeat(HALVES, 3, axis=0)
    key_mask = mask([1, 0, 0], [0, 1, 0], [1, 0, 1])
    kl = [math.log(2), math.log(4), 0.5 * math.log(2)]
    overlap = [1, 0, 1 / 2]  # The best are 0, 0 and, by the tie, 0 and 1.
    summary = metrics.summarize(scores, key_mask)
    by_size = summary.pop("by_subset_size")
    assert summary == {
        "kl_nats": pytest.approx(sum(kl) / 3),
        "top_k_overlap": pytest.approx(sum(overlap) / 3),
        "entropy_bits": pytest.approx(1.5),
        "num_queries": 3,
    }
    assert by_size == {
        "1": {
            "kl_nats": pytest.approx((kl[0] + kl[1]) / 2),
            "top_k_overlap": pytest.approx(0.5),
            "entropy_bits": pytest.approx(1.5),
            "num_queries": 2,
        },
        "2": {
            "kl_nats": pytest.approx(kl[2]),
            "top_k_overlap": pytest.approx(0.5),
            "entropy_bits": pytest.approx(1.5),
            "num_queries": 1,
        },
    }


def test_summary_lists_sizes_in_rising_order():
    key_mask = np.tri(12, 12, dtype=np.bool_)[::-1]
    summary = metrics.summarize(np.zeros((12, 12)), key_mask)
    assert list(summary["by_subset_size"]) == [str(size) for size in range(1, 13)]
