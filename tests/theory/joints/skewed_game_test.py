"""Tests of games with frequent and rare keys, and of how rankings of them are measured.

Oracles: the listed population of one-pair union_27, and loops over queries.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.theory.joints import ranking
from set_contrastive.theory.joints import skewed_game


@pytest.fixture(scope="module")
def game():
    return registry.get("union_27").with_pairs(1)


def _skewed(game, pairing):
    return skewed_game.SkewedGame(game, skewed_game.zipf_weights(27, 1.0), pairing)


def _population(game):
    masks = game.answer(game.population())
    assert len(masks) == 27 * 64
    return masks


def test_zipf_weights_fall_with_the_rank():
    weights = skewed_game.zipf_weights(27, 1.0)
    assert weights.sum() == pytest.approx(1)
    falling = np.sort(weights)[::-1]
    np.testing.assert_allclose(falling[0] / falling, np.arange(1, 28))
    np.testing.assert_allclose(skewed_game.zipf_weights(27, 0.0), 1 / 27)
    with pytest.raises(UserError, match="zipf must be at least 0.*got -1"):
        skewed_game.zipf_weights(27, -1.0)


def test_conditional_is_a_loop_over_queries(game):
    skewed = _skewed(game, "key_first")
    masks = _population(game)[:50]
    found = skewed.conditional(masks)
    for mask, row in zip(masks, found, strict=True):
        weights = [w if m else 0 for w, m in zip(skewed.weights, mask, strict=True)]
        expected = [weight / sum(weights) for weight in weights]
        np.testing.assert_allclose(row, expected)


def test_keys_that_are_drawn_first_have_their_frequencies_as_marginal(game):
    """Sum over all queries of p(q) p(k | q), with p(q) ~ w(S_q), is w."""
    skewed = _skewed(game, "key_first")
    masks = _population(game)
    chance = masks @ skewed.weights
    marginal = (chance / chance.sum()) @ skewed.conditional(masks)
    np.testing.assert_allclose(marginal, skewed.weights)
    np.testing.assert_allclose(
        skewed.key_marginal(np.random.default_rng(0), 1), skewed.weights
    )
    pmi = np.log(skewed.conditional(masks)[masks] / marginal[np.nonzero(masks)[1]])
    same = np.repeat(-np.log(chance), masks.sum(axis=1))
    np.testing.assert_allclose(pmi, same, atol=1e-9)


@pytest.mark.parametrize("pairing", skewed_game.PAIRINGS)
def test_samples_have_the_exact_frequencies(game, pairing):
    skewed = _skewed(game, pairing)
    rng = np.random.default_rng(2)
    queries, masks = skewed.sample(rng, 40_000)
    assert queries.shape == (40_000, 2)
    np.testing.assert_array_equal(masks, game.answer(queries))
    population = _population(game)
    chance = np.ones(len(population))
    if pairing == "key_first":
        chance = population @ skewed.weights
    chance /= chance.sum()
    expected_sizes = chance @ population.sum(axis=1)
    assert masks.sum(axis=1).mean() == pytest.approx(expected_sizes, rel=0.02)
    marginal = chance @ skewed.conditional(population)
    keys = skewed.draw_keys(rng, masks)
    assert masks[np.arange(len(keys)), keys].all()
    np.testing.assert_allclose(
        np.bincount(keys, minlength=27) / len(keys), marginal, atol=0.01
    )
    np.testing.assert_allclose(skewed.key_marginal(rng, 20_000), marginal, atol=0.01)


def test_exact_pmi_knows_nothing_of_frequencies_until_they_are_added(game):
    skewed = _skewed(game, "key_first")
    truth = skewed.conditional(_population(game))
    with np.errstate(divide="ignore"):
        log_truth = np.log(truth)
    found = ranking.measure(log_truth - np.log(skewed.weights), truth)
    sizes = (truth > 0).sum(axis=1)
    # The PMI is alike on all matching keys, so one of them is taken by chance.
    assert found["top1"] == pytest.approx(np.mean(1 / sizes))
    assert found["best_first"] == pytest.approx(np.mean(1 / sizes))
    assert found["kl_nats"] == pytest.approx(
        np.mean(np.log(sizes) + special.xlogy(truth, truth).sum(axis=1))
    )
    assert found["top_k_overlap"] == 1
    exact = ranking.measure(log_truth, truth)
    assert (exact["kl_nats"], exact["best_first"]) == (pytest.approx(0, abs=1e-12), 1)
    assert exact["top1"] == pytest.approx(truth.max(axis=1).mean())


@given(st.integers(0, 999))
def test_measures_are_a_loop_over_queries(seed):
    rng = np.random.default_rng(seed)
    truth = rng.random((6, 5)) * (rng.random((6, 5)) < 0.6) + np.eye(6, 5) / 9
    truth[5, 0] += 0.1
    truth /= truth.sum(axis=1, keepdims=True)
    scores = rng.normal(size=(6, 5))
    found = ranking.measure(scores, truth)
    top1, best, kl = [], [], []
    for s, p in zip(scores, truth, strict=True):
        top1.append(p[max(range(5), key=lambda k: s[k])])
        best.append(p[np.argmax(s)] == max(p))
        kl.append(special.rel_entr(p, special.softmax(s)).sum())
    assert found["top1"] == pytest.approx(np.mean(top1))
    assert found["best_first"] == pytest.approx(np.mean(best))
    assert found["kl_nats"] == pytest.approx(np.mean(kl))
