"""Readouts that stand for keys, the projection head and the gain of vectors."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import erf

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.models.projection_head import ProjectionHead

FAMILIES = ("two_tower", "classifier", "late_interaction")
SMALL = {"d_model": 16, "d_ff": 24, "num_layers": 2, "vector_dim": 6}
KEYED = {"readouts": "keys", "num_head_layers": 2, "d_head": 12, "vector_gain": 3.0}
SEVERAL = {"late_interaction": {"num_readouts": 4, "query_vectors": 2}}


def _scorer(family, game="union_27", **fields):
    keras.utils.set_random_seed(3)
    several = SEVERAL.get(family, {})
    config = ModelConfig(family, **{**SMALL, **several, **fields})
    return families.build(registry.get(game).spec, config, "float32")


def _queries(game="union_27", n=5):
    return registry.get(game).sample(np.random.default_rng(0), n)


@pytest.mark.parametrize(
    "fields", [KEYED, {"readouts": "keys"}, {"num_head_layers": 2}]
)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("game", ["set_27", "symdiff_27", "shatter_27"])
def test_all_keys_scorer_equals_pair_scorer(family, game, fields):
    scorer, queries = _scorer(family, game, **fields), _queries(game)
    scores = scorer.all_keys_scorer({"query": queries}).numpy()
    assert scores.std() > 1e-3
    for key in (0, 13, 26):
        pairs = scorer.pair_scorer({"query": queries, "key": np.full(5, key)})
        np.testing.assert_allclose(pairs, scores[:, key], atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_more_padding_does_not_change_a_score(family):
    queries = registry.get("shatter_27").parse("3 5 26")[None]
    trained = _scorer(family, "shatter_27", **KEYED).trained()
    full = trained({"query": queries})
    assert full.shape == (1, 54)
    np.testing.assert_allclose(trained({"query": queries[:, :3]}), full, atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_weight_is_the_scorers_and_gets_a_gradient(family):
    scorer = _scorer(family, **KEYED)
    owned = {id(weight) for weight in scorer.all_keys_scorer.weights}
    trained = scorer.trained()
    assert {id(weight) for weight in trained.weights} == owned
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(trained({"query": _queries()}) ** 2)
    variables = [v.value for v in trained.trainable_variables]
    for gradient in tape.gradient(loss, variables):
        assert np.abs(tf.convert_to_tensor(gradient)).max() > 0


def test_a_readout_reads_for_its_own_key():
    scorer = _scorer("two_tower", "set_27", atomic=True, **KEYED)
    game, model = registry.get("set_27"), scorer.trained()
    queries = game.population()
    swapped = [4, 21]
    symbols = np.array(game.spec.key_symbols)[swapped]
    queries = queries[~np.isin(queries, symbols).any(axis=1)][:40]
    before = model({"query": queries}).numpy()[:, 27:]
    table = model.get_layer("symbols").own
    rows = table.numpy()
    rows[symbols] = rows[symbols[::-1]]
    table.assign(rows)
    after = model({"query": queries}).numpy()[:, 27:]
    assert np.abs(before[:, 4] - before[:, 21]).max() > 1e-3
    np.testing.assert_allclose(after[:, swapped], before[:, swapped[::-1]], atol=1e-5)
    others = np.delete(np.arange(27), swapped)
    np.testing.assert_allclose(after[:, others], before[:, others], atol=1e-5)


def test_models_without_such_readouts_train_their_scores_alone():
    scorer = _scorer("two_tower")
    assert scorer.readout_scores is None
    assert scorer.trained() is scorer.all_keys_scorer


def test_the_head_is_what_its_formula_says():
    rng = np.random.default_rng(0)
    head = ProjectionHead(5, 2)
    states = rng.normal(size=(3, 7)).astype(np.float32)
    head.build(states.shape)
    for weight in head.weights:
        weight.assign(rng.normal(size=weight.shape))

    def norm(layer, x):
        centred = x - x.mean(axis=1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-3)
        return centred / deviation * layer.gamma.numpy() + layer.beta.numpy()

    def dense(layer, x):
        return x @ layer.kernel.numpy() + layer.bias.numpy()

    expected = dense(head.enter, states)
    for number in range(2):
        inner = norm(getattr(head, f"norm_{number}"), expected)
        inner = dense(getattr(head, f"dense_{number}"), inner)
        expected = expected + inner * (1 + erf(inner / 2**0.5)) / 2
    expected = norm(head.norm, expected)
    np.testing.assert_allclose(head(states), expected, atol=1e-4)


def test_a_gain_changes_how_fast_vectors_learn_and_not_where_they_start():
    keys, rate = np.arange(27), 1e-3

    def start_and_step(gain):
        scorer = _scorer("two_tower", vector_gain=gain)
        model = scorer.all_keys_scorer
        start = scorer.key_encoder({"key": keys})[0].numpy()
        queries = scorer.query_encoder({"query": _queries(n=500)}).numpy()
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model({"query": _queries()})[:, :9])
        adam = keras.optimizers.Adam(rate)
        variables = model.trainable_variables
        slopes = tape.gradient(loss, [v.value for v in variables])
        adam.apply([tf.convert_to_tensor(slope) for slope in slopes], variables)
        return start, queries, scorer.key_encoder({"key": keys})[0].numpy() - start

    start, queries, step = start_and_step(1.0)
    start_6, queries_6, step_6 = start_and_step(6.0)
    for one, other in ((start, start_6), (queries, queries_6)):
        assert other.std() == pytest.approx(one.std(), rel=0.25)
    # Adam's first step is its rate, whatever the gradient.
    np.testing.assert_allclose(np.abs(step[:9]), rate, rtol=1e-2)
    np.testing.assert_allclose(np.abs(step_6[:9]), 6 * rate, rtol=1e-2)
