"""The training of several free vectors: gradients, loops, and relations with KL 0."""

import itertools
import math

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.free_vectors import late_training
from set_contrastive.free_vectors import max_sim
from set_contrastive.games import distinct_subsets

QUICK = late_training.Settings(steps=600)


def _subsets(num_keys=5, count=8, seed=0):
    mask = np.random.default_rng(seed).random((count, num_keys)) < 0.5
    return distinct_subsets.of_masks(mask)


def _kl_by_loops(queries, keys, subsets, temperature=0.0):
    """The mean KL of MaxSim scores, one product after the other."""
    total = 0.0
    for query, inside, weight in zip(
        queries, subsets.mask, subsets.weights, strict=True
    ):
        scores = []
        for key in keys:
            score = 0.0
            for q in query:
                products = [float(q @ k) for k in key]
                if temperature:
                    sums = sum(math.exp(p / temperature) for p in products)
                    score += temperature * math.log(sums)
                else:
                    score += max(products)
            scores.append(score)
        log_total = math.log(sum(map(math.exp, scores)))
        size = inside.sum()
        kls = [
            -math.log(size) - (s - log_total)
            for s, i in zip(scores, inside, strict=True)
            if i
        ]
        total += weight * sum(kls) / size
    return total


@pytest.mark.parametrize("temperature", [0.0, 0.5, 2.0])
def test_the_loss_is_that_of_loops_and_its_gradient_that_of_differences(temperature):
    subsets = _subsets()
    rng = np.random.default_rng(1)
    queries = rng.standard_normal((len(subsets.mask), 2, 3))
    keys = rng.standard_normal((5, 4, 3))
    products = np.einsum("nad,kbd->nakb", queries, keys)
    asked = subsets.truth, subsets.weights, temperature
    found, slope = late_training.loss(products, *asked)
    expected = _kl_by_loops(queries, keys, subsets, temperature)
    assert found == pytest.approx(expected, rel=1e-9)
    step = 1e-6
    for place in itertools.islice(np.ndindex(*products.shape), 0, None, 7):
        moved = [products.copy(), products.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        up, down = (late_training.loss(p, *asked)[0] for p in moved)
        assert slope[place] == pytest.approx((up - down) / (2 * step), abs=1e-7)


def test_what_is_found_is_what_the_vectors_score():
    subsets = _subsets()
    found = late_training.train(subsets, 2, 2, 3, QUICK)
    assert found.queries.shape == (len(subsets.mask), 3, 2)
    assert found.keys.shape == (5, 2, 2)
    expected = _kl_by_loops(
        found.queries.astype(float), found.keys.astype(float), subsets
    )
    assert found.kl_nats == pytest.approx(expected, abs=1e-5)
    assert 0.5 < found.overlap <= 1.0


def test_a_relation_that_two_dimensions_hold_is_found():
    # Each key is in two of the subsets, so the witness has KL 0 at two vectors.
    mask = np.array(
        [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]],
        np.bool_,
    )
    assert max_sim.vectors_needed(mask) == 2
    subsets = distinct_subsets.of_masks(mask)
    ends = [late_training.train(subsets, 2, 2, 1, QUICK, start) for start in range(3)]
    best = min(ends, key=lambda end: end.kl_nats)
    assert best.kl_nats < 1e-3 and best.overlap == 1.0


def test_several_vectors_of_a_key_reach_what_one_of_as_many_floats_does_not():
    # All subsets of three keys but none and all: one dimension orders them one way.
    mask = np.array([[int(c) for c in f"{n:03b}"] for n in range(1, 7)], np.bool_)
    subsets = distinct_subsets.of_masks(mask)
    one = min(
        late_training.train(subsets, 1, 1, 1, QUICK, start).kl_nats
        for start in range(3)
    )
    several = min(
        late_training.train(subsets, 1, 2, 4, QUICK, start).kl_nats
        for start in range(3)
    )
    assert several < one - 0.05


@pytest.mark.parametrize("numbers", [(0, 2, 1), (2, 0, 1), (2, 2, 0)])
def test_numbers_below_one_are_refused(numbers):
    with pytest.raises(UserError, match="must be at least 1, got 0"):
        late_training.train(_subsets(), *numbers, QUICK)
    with pytest.raises(UserError, match="steps must be at least 1, got 0"):
        late_training.Settings(steps=0)


def test_training_ends_when_a_kl_is_enough():
    told = []

    def is_enough(kl):
        told.append(kl)
        return len(told) == 3

    subsets = _subsets()
    found = late_training.train(subsets, 2, 2, 1, QUICK, is_enough=is_enough)
    assert len(told) == 3  # After 0, 25 and 50 of 600 steps.
    assert found.kl_nats == min(told)
