"""Keys that are searched, against keys at random and SciPy's least KL for them."""

import numpy as np
import pytest
from scipy import optimize
from scipy import special

from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.free_vectors.queries import Keys
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.training import searched_keys

GAME = registry.get("union_27")
FAST = {"query_vector": "solved", "readouts": "keys"}


def _mask(number, seed=0):
    queries = GAME.sample(np.random.default_rng(seed), number)
    return GAME.answer(queries)


def _least_kl(vectors, biases, mask):
    """Mean of the least KL that any query vectors reach, by SciPy's minimizer."""

    def value(vector, row):
        return -special.log_softmax(vectors @ vector + biases)[row].mean()

    dim = vectors.shape[1]
    least = [optimize.minimize(value, np.zeros(dim), row).fun for row in mask]
    return np.mean(least - np.log(mask.sum(axis=1)))


@pytest.mark.parametrize("dim", [2, 6])
def test_searched_keys_serve_fresh_queries_better_than_keys_at_random(dim):
    how = searched_keys.settings(27, dim, seed=0)
    stages = []
    keys = searched_keys.find(_mask(300), dim, how, stages.append)
    assert keys.vectors.shape == (27, dim)
    assert len(stages) == how.restarts * len(how.ridges)
    fresh = _mask(40, seed=1)
    found = _least_kl(keys.vectors, keys.biases, fresh)
    rng = np.random.default_rng(2)
    for _ in range(3):
        at_random = rng.standard_normal((27, dim))
        assert found < 0.97 * _least_kl(at_random, np.zeros(27), fresh)


def test_many_free_numbers_are_searched_once():
    assert searched_keys.settings(27, 12, 0).restarts == 3
    assert searched_keys.settings(81, 24, 0).restarts == 1


def test_too_many_keys_are_refused():
    mask = np.ones((3, 129), np.bool_)
    with pytest.raises(UserError, match=r"at most 128 keys, got 129; .*=learned"):
        searched_keys.find(mask, 4, searched_keys.settings(129, 4, 0))


@pytest.mark.parametrize(
    ("family", "fields", "needed"),
    [
        ("two_tower", FAST | {"vector_dim": 26}, True),
        ("two_tower", FAST | {"vector_dim": 27}, False),
        ("two_tower", {"vector_dim": 4}, False),
        ("two_tower", {"vector_dim": 4, "readouts": "keys"}, False),
        ("cross_encoder", {}, False),
        ("classifier", {}, False),
    ],
)
def test_who_needs_them(family, fields, needed):
    config = ModelConfig(family, d_model=8, d_ff=8, **fields)
    assert searched_keys.needed(families.build(GAME.spec, config)) == needed


def test_placed_keys_are_those_of_the_key_encoder():
    config = ModelConfig("two_tower", d_model=8, d_ff=8, vector_dim=3, **FAST)
    scorer = families.build(GAME.spec, config)
    rng = np.random.default_rng(0)
    keys = Keys(rng.standard_normal((27, 3)), rng.standard_normal(27))
    searched_keys.place(scorer, keys)
    vectors, biases = scorer.key_encoder({"key": np.arange(27)})
    np.testing.assert_allclose(vectors, keys.vectors, rtol=1e-6)
    np.testing.assert_allclose(biases, keys.biases, rtol=1e-6)
