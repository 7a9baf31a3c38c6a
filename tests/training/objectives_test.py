"""Tests of the objectives against loops over pairs."""

import itertools
import math

import numpy as np
import pytest
from scipy import optimize

from set_contrastive.base.errors import UserError
from set_contrastive.training import objectives
from tests.training.batch_losses import NAMES
from tests.training.batch_losses import drawn_batch
from tests.training.batch_losses import loss_of


def _clip_by_loops(scores, mask, key, masked):
    """CLIP's loss over the [batch, batch] matrix of pairs, one exponential each."""
    batch, total = len(key), 0.0
    for i in range(batch):
        for of_query in (True, False):
            denominator = 0.0
            for j in range(batch):
                query, column = (i, key[j]) if of_query else (j, key[i])
                if masked and j != i and mask[query, column]:
                    continue
                denominator += math.exp(scores[query, column])
            total += math.log(denominator) - scores[i, key[i]]
    return total / (2 * batch)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_infonce_equals_the_loop_over_in_batch_pairs(masked, seed):
    scores, mask, key = drawn_batch(seed=seed)
    assert len(set(key)) < len(key)  # In-batch keys repeat.
    assert loss_of("infonce", scores, mask, key, masked) == pytest.approx(
        _clip_by_loops(scores, mask, key, masked), rel=1e-5
    )


def _best(loss_of_bias):
    """The least of a loss over one number, by a search of SciPy."""
    return optimize.minimize_scalar(loss_of_bias, (-5.0, 5.0), tol=1e-12).fun


def _siglip_by_loops(scores, mask, key, masked, bias):
    """SigLIP's loss over the [batch, batch] matrix of pairs, one logistic each."""
    batch, total = len(key), 0.0
    for i, j in itertools.product(range(batch), repeat=2):
        if masked and j != i and mask[i, key[j]]:
            continue
        sign = 1 if i == j else -1
        total += math.log(1 + math.exp(-sign * (scores[i, key[j]] + bias)))
    return total / batch


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_sigmoid_equals_the_loop_over_in_batch_pairs_at_the_best_bias(masked, seed):
    scores, mask, key = drawn_batch(seed=seed)
    assert loss_of("sigmoid", scores, mask, key, masked) == pytest.approx(
        _best(lambda bias: _siglip_by_loops(scores, mask, key, masked, bias)), rel=1e-5
    )


@pytest.mark.parametrize("seed", range(3))
def test_sigmoid_support_equals_the_loop_over_all_keys_at_the_best_bias(seed):
    scores, mask, key = drawn_batch(seed=seed)

    def by_loops(bias):
        signs = np.where(mask, 1, -1)
        losses = [
            math.log(1 + math.exp(-sign * (score + bias)))
            for sign, score in zip(signs.flat, scores.flat, strict=True)
        ]
        return sum(losses) / len(losses)

    assert loss_of("sigmoid_support", scores, mask, key) == pytest.approx(
        _best(by_loops), rel=1e-5
    )


@pytest.mark.parametrize("margin", [0.0, 1.0, 2.5])
def test_margin_equals_the_loop_over_positives(margin):
    scores, mask, key = drawn_batch()
    total = 0.0
    for row, inside in zip(scores, mask, strict=True):
        lowered = [s - margin if i else s for s, i in zip(row, inside, strict=True)]
        denominator = sum(math.exp(s) for s in lowered)
        for k in np.flatnonzero(inside):
            total -= math.log(math.exp(lowered[k]) / denominator) / inside.sum()
    assert loss_of("margin", scores, mask, key, margin=margin) == pytest.approx(
        total / len(scores), rel=1e-5
    )
    plain = loss_of("cross_entropy_support", scores, mask, key)
    assert (loss_of("margin", scores, mask, key, margin=margin) > plain) == (margin > 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_number_added_to_all_scores_changes_nothing(name):
    scores, mask, key = drawn_batch()
    assert loss_of(name, scores + 30, mask, key) == pytest.approx(
        loss_of(name, scores, mask, key), rel=1e-4
    )


def test_the_best_bias_is_found_however_large_scores_are():
    scores, mask, key = drawn_batch()
    apart = np.where(mask, 300.0, -500.0).astype(np.float32)
    assert loss_of("sigmoid_support", apart, mask, key) == pytest.approx(0.0, abs=1e-6)
    wrong = loss_of("sigmoid_support", -apart, mask, key)
    assert 0.0 < wrong < 800.0
    every = np.ones_like(mask)  # No negatives: the best bias is infinite.
    assert loss_of("sigmoid_support", scores, every, key) == pytest.approx(0, abs=1e-6)
    assert loss_of("sigmoid", scores[:1], mask[:1], key[:1]) == pytest.approx(
        0, abs=1e-6
    )


def test_masking_false_negatives_leaves_out_repeats_of_the_positive():
    # Both queries have the only key: with the mask nothing is left but the positive.
    scores, mask, key = np.float32([[1.0], [2.0]]), np.ones((2, 1), bool), [0, 0]
    assert loss_of("infonce", scores, mask, key, masked=True) == pytest.approx(
        0.0, abs=1e-6
    )
    assert loss_of("infonce", scores, mask, key) > 0.5


def test_cross_entropy_by_hand():
    scores = np.log(np.float32([[1, 2, 5], [4, 4, 2]]))
    mask = np.array([[0, 1, 1], [1, 0, 0]], bool)
    # The keys' probabilities are 1/8, 2/8, 5/8 and 4/10, 4/10, 2/10.
    sampled = -(math.log(2 / 8) + math.log(4 / 10)) / 2
    support = -((math.log(2 / 8) + math.log(5 / 8)) / 2 + math.log(4 / 10)) / 2
    assert loss_of("cross_entropy", scores, mask, [1, 0]) == pytest.approx(
        sampled, rel=1e-5
    )
    assert loss_of("cross_entropy_support", scores, mask, [1, 0]) == pytest.approx(
        support, rel=1e-5
    )


def test_an_unknown_objective_is_refused():
    with pytest.raises(UserError, match="objective .* infonce, .* got 'hinge'"):
        objectives.get("hinge")


def test_all_objectives_are_tested():
    assert tuple(objectives.OBJECTIVES) == NAMES
