"""Tests of all families of models through their common interface."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.training import presets

FAMILIES = ("two_tower", "cross_encoder", "classifier", "late_interaction")
SMALL = {"d_model": 16, "d_ff": 24, "num_heads": 2, "num_layers": 2, "vector_dim": 6}


def _scorer(family, game="union_27", dtype="float32", **fields):
    keras.utils.set_random_seed(3)
    config = ModelConfig(family=family, **{**SMALL, **fields})
    return families.build(registry.get(game).spec, config, dtype)


def _queries(game="union_27", n=5):
    return registry.get(game).sample(np.random.default_rng(0), n)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("game", ["set_27", "symdiff_27", "shatter_27", "union_81"])
def test_all_keys_scorer_equals_pair_scorer_pair_by_pair(family, game):
    scorer, queries = _scorer(family, game), _queries(game)
    scores = scorer.all_keys_scorer({"query": queries}).numpy()
    num_keys = registry.get(game).spec.num_keys
    assert scores.shape == (5, num_keys)
    assert scores.std() > 1e-3
    each = np.repeat(queries, num_keys, axis=0)
    pairs = scorer.pair_scorer({"query": each, "key": np.tile(np.arange(num_keys), 5)})
    assert pairs.shape == (5 * num_keys,)
    np.testing.assert_allclose(np.reshape(pairs, scores.shape), scores, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_more_padding_does_not_change_a_score(family):
    queries = registry.get("shatter_27").parse("3 5 26")[None]
    scorer = _scorer(family, "shatter_27")
    full = scorer.all_keys_scorer({"query": queries})
    for length in (3, 9):
        short = scorer.all_keys_scorer({"query": queries[:, :length]})
        np.testing.assert_allclose(short, full, atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_gives_float32_scores_near_the_float32_models(
    family, precision
):
    exact, mixed = _scorer(family), _scorer(family, dtype=precision)
    mixed.all_keys_scorer.set_weights(exact.all_keys_scorer.get_weights())
    assert all(w.dtype == "float32" for w in mixed.all_keys_scorer.weights)
    scores = mixed.all_keys_scorer({"query": _queries()})
    assert scores.dtype == tf.float32
    tolerance = 0.02 if precision == "mixed_float16" else 0.1
    np.testing.assert_allclose(
        scores, exact.all_keys_scorer({"query": _queries()}), atol=tolerance
    )
    # Half precision was really used inside.
    assert not np.array_equal(scores, exact.all_keys_scorer({"query": _queries()}))


@pytest.mark.parametrize("key_bias", [False, True])
@pytest.mark.parametrize("similarity", ["dot", "cosine"])
def test_two_tower_score_is_the_inner_product_of_its_encoders(key_bias, similarity):
    scorer = _scorer("two_tower", key_bias=key_bias, similarity=similarity)
    rng = np.random.default_rng(0)
    scorer.all_keys_scorer.set_weights(
        [rng.normal(0, 0.5, w.shape) for w in scorer.all_keys_scorer.get_weights()]
    )
    vectors = scorer.query_encoder({"query": _queries()}).numpy()
    keys, biases = scorer.key_encoder({"key": np.arange(27)})
    assert vectors.shape == (5, 6) and keys.shape == (27, 6)
    assert (np.abs(biases).max() > 0) == key_bias
    if similarity == "cosine":
        np.testing.assert_allclose(np.linalg.norm(keys, axis=1), 1.0, atol=1e-6)
        lengths = np.linalg.norm(vectors, axis=1)
        np.testing.assert_allclose(lengths, lengths[0], rtol=1e-6)
    np.testing.assert_allclose(
        scorer.all_keys_scorer({"query": _queries()}),
        vectors @ keys.numpy().T + biases.numpy(),
        atol=1e-5,
    )


def test_temperature_divides_the_cosine_and_is_trained_only_if_asked():
    cold = _scorer("two_tower", similarity="cosine", temperature=0.1)
    warm = _scorer("two_tower", similarity="cosine", temperature=1.0)
    learned = _scorer("two_tower", similarity="cosine", learn_temperature=True)
    np.testing.assert_allclose(
        cold.all_keys_scorer({"query": _queries()}),
        10 * warm.all_keys_scorer({"query": _queries()}).numpy(),
        rtol=1e-4,
    )
    assert len(learned.all_keys_scorer.trainable_weights) == 1 + len(
        cold.all_keys_scorer.trainable_weights
    )


def test_keys_start_uniform_and_symbols_normal():
    scorer = _scorer("two_tower", d_model=256, vector_dim=100)
    weights = {w.path: w.numpy() for w in scorer.all_keys_scorer.weights}
    vectors = next(w for path, w in weights.items() if path.endswith("keys/vectors"))
    assert np.abs(vectors).max() <= 0.1
    np.testing.assert_allclose(vectors.std(), 0.1 / 3**0.5, rtol=0.05)
    own = next(w for path, w in weights.items() if path.endswith("symbols/own"))
    np.testing.assert_allclose(own.std(), 256**-0.5, rtol=0.05)
    block, place = (w for path, w in weights.items() if "query_positions" in path)
    positions = (block[:, None] + place).reshape(-1, 256)
    assert positions.shape == (16, 256)
    np.testing.assert_allclose(positions.std(), (0.5 / 256) ** 0.5, rtol=0.05)


def test_values_that_start_orthogonal_are_as_far_apart_in_each_attribute():
    scorer = _scorer("cross_encoder", d_model=64, symbol_init="orthogonal")
    own, value = scorer.all_keys_scorer.get_layer("symbols").get_weights()
    assert value.shape == (12, 64)  # Three attributes of three values and a wildcard.
    np.testing.assert_allclose(value @ value.T, np.eye(12), atol=1e-6)
    other = _scorer("cross_encoder", d_model=64).all_keys_scorer.get_layer("symbols")
    lengths = np.linalg.norm(other.get_weights()[1], axis=1)
    assert lengths.max() > 1.05 * lengths.min()
    # What is a card's own is a tenth, but for padding, which has no value.
    assert own[1:].std() == pytest.approx(0.1 / 8, rel=0.05)
    assert own[0].std() == pytest.approx(1 / 8, rel=0.3)


@pytest.mark.parametrize(
    "fields", [{"symbol_init": "orthogonal", "atomic": True}, {"symbol_init": "scaled"}]
)
def test_symbols_without_values_start_scaled(fields):
    scorer = _scorer("cross_encoder", d_model=64, **fields)
    own = scorer.all_keys_scorer.get_layer("symbols").get_weights()[0]
    assert own.std() == pytest.approx(1 / 8, rel=0.05)


def test_atomic_leaves_only_the_cards_own_embedding():
    summed = _scorer("two_tower").all_keys_scorer.get_layer("symbols")
    atomic = _scorer("two_tower", atomic=True).all_keys_scorer.get_layer("symbols")
    assert len(summed.weights) == 2 and len(atomic.weights) == 1
    own, value = summed.get_weights()
    # Card 1 is red-void-square: the first of the 4 values of each attribute.
    np.testing.assert_allclose(
        summed(np.array([1])),
        (own[1] + value[0] + value[4] + value[8])[None],
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        atomic(np.array([1])), atomic.get_weights()[0][1:2], rtol=1e-6
    )


def test_cross_encoder_key_card_has_the_embedding_of_the_query_card():
    scorer = _scorer("cross_encoder", "set_27")
    spec = registry.get("set_27").spec
    card = "green-dashed-circle"
    symbol, key = spec.vocabulary.index(card), spec.keys.index(card)
    queries = registry.get("set_27").population()
    asked = (queries == symbol).any(axis=1)
    before = scorer.all_keys_scorer({"query": queries}).numpy()
    (own,) = (w for w in scorer.all_keys_scorer.weights if w.path == "symbols/own")
    values = own.numpy()
    values[symbol] += np.random.default_rng(0).normal(size=values.shape[1])
    own.assign(values)
    moved = np.abs(scorer.all_keys_scorer({"query": queries}) - before) > 1e-6
    # Keys see the query and themselves, so where the query has not the card, its
    # embedding moves the score of the card as a key and of no other; else it moves all.
    assert 0 < asked.sum() < len(queries)
    assert (moved[~asked] == (np.arange(27) == key)).all()
    assert moved[asked].all()


@pytest.mark.parametrize(
    ("family", "millions"),
    # 4 d_model^2 + 2 d_model d_ff weights a layer and the embeddings, counted by hand:
    # 8 layers of 2,101,760 and 72,212 others; 4 layers and 53,761.
    [("two_tower", 16.886), ("classifier", 16.886), ("cross_encoder", 8.461)],
)
def test_study_preset_has_the_study_parameters(family, millions):
    config = presets.model("study", family, vector_dim=27)
    count = families.build(registry.get("union_27").spec, config).all_keys_scorer
    assert count.count_params() == pytest.approx(millions * 1e6, rel=0.02)


@pytest.mark.parametrize("game", registry.names())
def test_laptop_cross_encoder_has_at_most_half_of_a_two_towers_parameters(game):
    def count(family, **fields):
        config = presets.model("laptop", family, **fields)
        return families.build(
            registry.get(game).spec, config
        ).all_keys_scorer.count_params()

    assert 2 * count("cross_encoder") <= count("two_tower", vector_dim=4)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_trainable_weight_gets_a_gradient(family):
    model = _scorer(family, key_bias=True).all_keys_scorer
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model({"query": _queries()}) ** 2)
    variables = [v.value for v in model.trainable_variables]
    for gradient, variable in zip(
        tape.gradient(loss, variables), variables, strict=True
    ):
        assert gradient is not None, variable.name
