"""Late interaction models against loops over pairs of vectors, and their limits."""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games import registry
from set_contrastive.models import aggregates
from set_contrastive.models import families
from set_contrastive.training import presets

GAME = registry.get("union_27")
QUERIES = GAME.sample(np.random.default_rng(0), 5)
AGGREGATES = ("max_sim", "mean_max_sim", "sum", "smooth")
SMALL = {
    **{"d_model": 16, "d_ff": 24, "num_heads": 2, "num_layers": 2, "vector_dim": 6},
    **{"num_readouts": 4, "query_vectors": 2, "key_vectors": 3},
}


def _scorer(family="late_interaction", weights=None, **fields):
    keras.utils.set_random_seed(3)
    config = ModelConfig(family, **{**SMALL, **fields})
    scorer = families.build(GAME.spec, config)
    model = scorer.all_keys_scorer
    rng = np.random.default_rng(1)
    for weight in model.weights:
        random = rng.normal(0, 0.5, weight.shape)
        # One vector's matrix is a stack of one.
        given = random if weights is None else weights[weight.path]
        weight.assign(given.reshape(weight.shape))
    return scorer


def _weights(scorer):
    return {weight.path: weight.numpy() for weight in scorer.all_keys_scorer.weights}


def _scores(scorer):
    return scorer.all_keys_scorer({"query": QUERIES}).numpy()


def _vectors(scorer):
    """Returns the vectors of queries `[B, m_q, D]` and of keys `[K, m_k, D]`."""
    keys = scorer.key_encoder({"key": np.arange(27)}).numpy()
    return scorer.query_encoder({"query": QUERIES}).numpy(), keys


def _score_by_loops(query, key, aggregate, temperature=1.0):
    total = 0.0
    for q in query:
        products = [sum(a * b for a, b in zip(q, k, strict=True)) for k in key]
        if aggregate == "smooth":
            exponentials = (math.exp(p / temperature) for p in products)
            total += temperature * math.log(sum(exponentials))
        else:
            total += sum(products) if aggregate == "sum" else max(products)
    return total / len(query) if aggregate == "mean_max_sim" else total


@pytest.mark.parametrize("key_bias", [False, True])
@pytest.mark.parametrize("similarity", ["dot", "cosine"])
@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_scores_are_those_of_loops_over_pairs_of_vectors(
    aggregate, similarity, key_bias
):
    scorer = _scorer(
        aggregate=aggregate,
        similarity=similarity,
        temperature=0.5,
        smooth_temperature=2.0,
        key_bias=key_bias,
    )
    queries, keys = _vectors(scorer)
    assert queries.shape == (5, 2, 6 + key_bias) and keys.shape == (27, 3, 6 + key_bias)
    found = _scores(scorer)
    assert found.dtype == np.float32
    for (row, query), (column, key) in itertools.product(
        enumerate(queries.astype(float)), enumerate(keys.astype(float))
    ):
        expected = _score_by_loops(query, key, aggregate, 2.0)
        assert found[row, column] == pytest.approx(expected, abs=1e-5, rel=1e-5)


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_a_keys_bias_counts_once(aggregate):
    model = _scorer(aggregate=aggregate, key_bias=True).all_keys_scorer
    before = model({"query": QUERIES}).numpy()
    (biases,) = (w for w in model.weights if w.path.endswith("keys/biases"))
    biases.assign(biases + np.arange(27, dtype=np.float32))
    after = model({"query": QUERIES}).numpy()
    np.testing.assert_allclose(after, before + np.arange(27), atol=1e-4)


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_all_keys_scorer_equals_pair_scorer(aggregate):
    scorer = _scorer(aggregate=aggregate, key_bias=True)
    scores = _scores(scorer)
    for key in range(27):
        pairs = scorer.pair_scorer({"query": QUERIES, "key": np.full(5, key)})
        assert pairs.shape == (5,)
        np.testing.assert_allclose(pairs, scores[:, key], atol=1e-5)


@pytest.mark.parametrize("key_bias", [False, True])
@pytest.mark.parametrize("similarity", ["dot", "cosine"])
@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_one_vector_of_each_is_a_two_tower(aggregate, similarity, key_bias):
    fields = {"similarity": similarity, "key_bias": key_bias}
    one = _scorer(aggregate=aggregate, query_vectors=1, key_vectors=1, **fields)
    tower = _scorer("two_tower", _weights(one), **fields)
    np.testing.assert_allclose(_scores(one), _scores(tower), atol=1e-5)
    assert _scores(one).std() > 0.1


@pytest.mark.parametrize("similarity", ["dot", "cosine"])
def test_sum_is_one_vector_of_summed_vectors(similarity):
    scorer = _scorer(aggregate="sum", similarity=similarity)
    queries, keys = _vectors(scorer)
    np.testing.assert_allclose(
        _scores(scorer), queries.sum(axis=1) @ keys.sum(axis=1).T, atol=1e-4
    )
    card = families.get("late_interaction").card_of
    assert "so this is one vector" in card(ModelConfig("x", aggregate="sum"))
    assert "so this is one vector" not in card(ModelConfig("x"))


def test_smooth_tends_to_max_sim_as_the_temperature_falls():
    weights = _weights(_scorer())
    hard = _scores(_scorer(weights=weights))
    for temperature in (1.0, 0.1, 0.01):
        scores = _scores(
            _scorer(weights=weights, aggregate="smooth", smooth_temperature=temperature)
        )
        # A logsumexp of three is above the largest by at most its temperature times
        # the logarithm of three; a query has two vectors.
        above = scores - hard
        assert above.min() > -1e-4
        assert above.max() <= 2 * temperature * math.log(3) + 1e-4
    assert above.max() < 0.03


def test_scores_are_those_of_pylates_example():
    # https://lightonai.github.io/pylate/api/scores/colbert-scores; what it calls
    # colbert_scores, and sentence-transformers too, is max_sim.
    queries = [[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 3, 0]]
    keys = [[10, 0, 1], [0, 100, 1], [1, 0, 1000]]
    expected = [[10, 100, 1000], [20, 200, 2000], [30, 300, 3000]]
    products = np.einsum("bi,kj->bkij", queries, keys).astype(np.float32)
    found = aggregates.aggregate(products, ModelConfig("late_interaction"))
    np.testing.assert_array_equal(found, expected)


def _slope_by_key_vectors(aggregate):
    """Returns the slope of one pair's score by the vectors of its key, `[3, 6]`."""
    scorer = _scorer(aggregate=aggregate)
    pair = {"query": QUERIES[:1], "key": np.array([4])}
    (vectors,) = (
        w for w in scorer.all_keys_scorer.weights if w.path.endswith("keys/vectors")
    )
    with tf.GradientTape() as tape:
        score = scorer.pair_scorer(pair)
    slope = tf.convert_to_tensor(tape.gradient(score, vectors.value)).numpy()
    assert np.abs(np.delete(slope, 4, axis=0)).max() == 0
    return slope[4].reshape(3, 6), scorer


def test_the_gradient_goes_through_the_best_key_vector_of_each_query_vector():
    slope, scorer = _slope_by_key_vectors("max_sim")
    queries, keys = _vectors(scorer)
    expected = np.zeros((3, 6))
    for vector in queries[0]:
        expected[np.argmax(keys[4] @ vector)] += vector
    np.testing.assert_allclose(slope, expected, atol=1e-5)
    every, _ = _slope_by_key_vectors("smooth")
    assert (np.abs(every).max(axis=1) > 0).all()


@pytest.mark.parametrize("preset", ["laptop", "light", "study"])
def test_presets_are_a_two_towers_but_for_the_vectors(preset):
    late = presets.model(preset, "late_interaction")
    tower = presets.model(preset, "two_tower")
    assert (late.query_vectors, late.key_vectors) == (8, 2)
    assert (late.d_model, late.num_layers) == (tower.d_model, tower.num_layers)
    label = families.get("late_interaction").label_of(late)
    assert label == "late_interaction_q8_k2_d27"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"query_vectors": 0}, "query_vectors must be at least 1, got 0"),
        ({"key_vectors": -1}, "key_vectors must be at least 1, got -1"),
        (
            {"query_vectors": 3, "num_readouts": 8},
            "num_readouts must be a multiple of query_vectors=3, got 8",
        ),
        ({"aggregate": "mean"}, "aggregate must be one of max_sim, .*, got 'mean'"),
        ({"smooth_temperature": 0.0}, "smooth_temperature must be above 0, got 0"),
    ],
)
def test_what_makes_no_model_is_one_line(fields, message):
    with pytest.raises(UserError, match=message):
        ModelConfig("late_interaction", **fields)
