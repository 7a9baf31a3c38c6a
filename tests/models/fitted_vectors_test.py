"""Vectors that are said from what readouts say of each key."""

import keras
import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.models import late_interaction
from set_contrastive.models.fitted_vectors import FittedVectors

GAME = registry.get("union_27")
QUERIES = GAME.sample(np.random.default_rng(0), 5)
FITTED = {"query_vector": "fitted", "readouts": "keys"}
SMALL = {
    **{"d_model": 16, "d_ff": 24, "num_head_layers": 1, "d_head": 12},
    **{"vector_dim": 3, "query_vectors": 4, "key_vectors": 2, **FITTED},
}


def _scorer(**fields):
    keras.utils.set_random_seed(3)
    config = ModelConfig("late_interaction", **{**SMALL, **fields})
    return families.build(GAME.spec, config), config


def test_vectors_are_those_of_the_matches():
    layer = FittedVectors((2, 3), 8, 0, 5.0)
    scores = np.array([[2.0, 2.0, -9.0, -30.0], [0.0, -40.0, -40.0, -40.0]], "float32")
    found = layer(scores).numpy()

    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    matches = 2 * shares / (shares + 1 / 64) - 1
    states = matches @ layer.head.enter.kernel.numpy()
    centred = states - states.mean(axis=1, keepdims=True)
    # As the head's layer normalization, which starts with scale 1 and shift 0.
    normed = centred / np.sqrt(states.var(axis=1, keepdims=True) + 1e-3)
    expected = 5 * normed @ layer.to_vectors.kernel.numpy()
    np.testing.assert_allclose(found, expected.reshape(2, 2, 3), rtol=1e-4, atol=1e-5)


def test_what_is_added_to_all_scores_changes_nothing():
    layer = FittedVectors((2, 3), 8, 1, 5.0)
    scores = np.random.default_rng(0).normal(0, 3, (4, 6)).astype("float32")
    np.testing.assert_allclose(layer(scores + 7), layer(scores), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("key_bias", [False, True])
@pytest.mark.parametrize("aggregate", ["max_sim", "mean_max_sim", "sum", "smooth"])
def test_what_is_trained_first_scores_as_the_model_does(aggregate, key_bias):
    scorer, config = _scorer(aggregate=aggregate, key_bias=key_bias)
    alone = late_interaction.over_readouts(GAME.spec.num_keys, config)
    rng = np.random.default_rng(1)
    for name in ("vectors", "keys"):
        for weight, mine in zip(
            scorer.all_keys_scorer.get_layer(name).weights,
            alone.get_layer(name).weights,
            strict=True,
        ):
            weight.assign(rng.normal(0, 0.5, weight.shape))
            mine.assign(weight)
    read = keras.Model(scorer.all_keys_scorer.inputs, scorer.readout_scores)
    expected = scorer.all_keys_scorer({"query": QUERIES})
    np.testing.assert_allclose(
        alone(read({"query": QUERIES})), expected, rtol=1e-5, atol=1e-5
    )


def test_the_reader_alone_is_trained_and_starts_as_a_two_towers():
    late, _ = _scorer()
    keras.utils.set_random_seed(3)
    of_tower = {
        name: value
        for name, value in SMALL.items()
        if name not in ("query_vectors", "key_vectors")
    }
    tower = families.build(
        GAME.spec, ModelConfig("two_tower", **{**of_tower, "query_vector": "solved"})
    )
    mine = late.all_keys_scorer.trainable_variables
    theirs = tower.all_keys_scorer.trainable_variables
    assert [w.path for w in mine] == [w.path for w in theirs]
    for weight, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(weight, other)
    assert late.trains_readouts_alone
    fixed = {w.path.split("/")[0] for w in late.all_keys_scorer.non_trainable_variables}
    assert fixed == {"vectors", "keys"}


@pytest.mark.parametrize(
    ("family", "kind", "those"),
    [
        ("two_tower", "fitted", "learned, solved"),
        ("late_interaction", "solved", "learned, fitted"),
        ("cross_encoder", "solved", "learned"),
        ("classifier", "fitted", "learned"),
    ],
)
def test_a_family_refuses_what_it_does_not_have(family, kind, those):
    config = ModelConfig(family, readouts="keys", query_vector=kind)
    with pytest.raises(
        UserError,
        match=f"query_vector of {family} must be one of {those}, got '{kind}'",
    ):
        families.build(GAME.spec, config)


def test_vectors_that_no_readout_makes_need_no_multiple_of_readouts():
    assert ModelConfig("late_interaction", query_vectors=5, **FITTED).num_readouts == 1
