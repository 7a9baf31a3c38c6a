"""The best vector of a query against SciPy's minimizer, and its gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import optimize
from scipy import special

from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.free_vectors import queries as best_queries
from set_contrastive.games import registry
from set_contrastive.models import best_vector
from set_contrastive.models import families

NUM_KEYS = 9
SOLVED = {"query_vector": "solved", "readouts": "keys"}


def _problem(dim, seed=0, count=6):
    rng = np.random.default_rng(seed)
    readout_scores = 4.0 * rng.standard_normal((count, NUM_KEYS))
    keys = rng.standard_normal((NUM_KEYS, dim))
    biases = 0.3 * rng.standard_normal(NUM_KEYS)
    return [part.astype(np.float32) for part in (readout_scores, keys, biases)]


def _value(vector, truth, keys, biases):
    """KL up to the entropy of the truth, and the ridge, in float64."""
    logs = special.log_softmax(keys @ vector + biases)
    return -truth @ logs + best_vector.RIDGE / 2 * vector @ vector


def _least(readout_scores, keys, biases):
    truth = special.softmax(readout_scores.astype(np.float64), axis=1)
    keys, biases = keys.astype(np.float64), biases.astype(np.float64)
    return np.array(
        [
            optimize.minimize(
                _value, np.zeros(keys.shape[1]), (row, keys, biases), tol=1e-12
            ).fun
            for row in truth
        ]
    )


@pytest.mark.parametrize("dim", [1, 3, 6, 8])
@pytest.mark.parametrize("jit", [False, True])
def test_no_minimizer_finds_a_better_vector(dim, jit):
    problem = _problem(dim)
    layer = best_vector.BestVector()
    vectors = tf.function(layer, jit_compile=jit)(*problem).numpy()
    truth = special.softmax(problem[0].astype(np.float64), axis=1)
    found = [
        _value(vector.astype(np.float64), row, *problem[1:])
        for vector, row in zip(vectors, truth, strict=True)
    ]
    np.testing.assert_allclose(found, _least(*problem), atol=2e-5)


@pytest.mark.parametrize("dim", [NUM_KEYS, 30])
@pytest.mark.parametrize("jit", [False, True])
def test_enough_dimensions_say_the_scores_of_the_readouts(dim, jit):
    scores, keys, biases = _problem(dim)
    layer = tf.function(best_vector.BestVector(), jit_compile=jit)
    vectors = layer(scores, keys, biases).numpy()
    np.testing.assert_allclose(vectors @ keys.T + biases, scores, atol=2e-4)


def test_keys_that_lie_close_cost_no_more_than_rounding():
    scores, keys, biases = _problem(NUM_KEYS)
    keys[1] = keys[0] + 1e-3 * keys[1]
    vectors = best_vector.BestVector()(scores, keys, biases).numpy()
    np.testing.assert_allclose(vectors @ keys.T + biases, scores, atol=2e-2)


def test_subsets_that_lie_apart_are_told_apart():
    # Points of a parabola: each interval of them is a face of their convex hull only
    # at its ends, so {0, 1} is reached and {1, 3} is not.
    place = np.linspace(-1, 1, NUM_KEYS)
    keys = np.stack([place, place**2], axis=1).astype(np.float32)
    masks = np.zeros((2, NUM_KEYS), np.float32)
    masks[0, [3, 4]] = masks[1, [1, 3]] = 1
    vectors = best_vector.BestVector()(40 * masks, keys, np.zeros(NUM_KEYS, "f"))
    p = special.softmax(vectors.numpy() @ keys.T, axis=1)
    assert p[0, [3, 4]].sum() > 0.99
    assert p[1, [1, 3]].sum() < 0.7


@pytest.mark.parametrize("dim", [3, NUM_KEYS])
def test_explanations_see_how_the_vector_follows_the_readouts(dim):
    scores, keys, biases = _problem(dim, count=3)
    layer = best_vector.BestVector()
    weights = np.random.default_rng(1).standard_normal(NUM_KEYS).astype(np.float32)

    def said(readout_scores):
        return tf.linalg.matvec(layer(readout_scores, keys, biases) @ keys.T, weights)

    variable = tf.Variable(scores)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(said(variable))
    gradient = tape.gradient(total, variable).numpy()
    for row, column in ((0, 0), (1, 4), (2, 8)):
        ends = []
        for change in (5e-2, -5e-2):
            moved = scores.copy()
            moved[row, column] += change
            ends.append(said(moved)[row])
        expected = (ends[0] - ends[1]) / 1e-1
        np.testing.assert_allclose(gradient[row, column], expected, rtol=5e-2, atol=0.1)


def test_sure_readouts_are_said_as_float64_says_them():
    # Subsets of 27 keys in 16 dimensions, some of which are faces of their hull or
    # nearly so: float32 would round away the directions that tell these.
    rng = np.random.default_rng(0)
    keys = np.linalg.qr(rng.standard_normal((27, 16)))[0]
    masks = rng.random((512, 27)) < 0.3
    masks[:, 0] = True
    truth = special.softmax(np.where(masks, 0.0, -14.0), axis=1)
    expected = best_queries.solve(best_queries.Keys(keys, np.zeros(27)), truth).kl_nats
    vectors = best_vector.BestVector()(
        *(part.astype(np.float32) for part in (np.log(truth), keys, np.zeros(27)))
    ).numpy()
    said = special.log_softmax(vectors.astype(np.float64) @ keys.T, axis=1)
    found = (truth * (np.log(truth) - said)).sum(axis=1)
    assert expected.mean() > 0.01
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("overflow", [np.nan, np.inf])
def test_a_query_that_overflowed_spoils_no_other(overflow):
    scores, keys, biases = _problem(4)
    alone = best_vector.BestVector()(scores, keys, biases).numpy()
    scores[2, 5] = overflow
    vectors = best_vector.BestVector()(scores, keys, biases).numpy()
    assert np.isnan(vectors[2]).all()
    others = np.arange(len(scores)) != 2
    np.testing.assert_allclose(vectors[others], alone[others], rtol=1e-6)


def test_keys_that_leave_directions_empty_are_no_hindrance():
    keys = np.zeros((NUM_KEYS, 4), np.float32)
    keys[0, 0] = 1.0
    scores = np.zeros((3, NUM_KEYS), np.float32)
    scores[1, 0] = 5.0
    vectors = best_vector.BestVector()(scores, keys, np.zeros(NUM_KEYS, "f")).numpy()
    np.testing.assert_allclose(vectors[:, 0], [0, 5, 0], atol=1e-3)
    np.testing.assert_allclose(vectors[:, 1:], 0, atol=1e-3)


@pytest.mark.parametrize("dim", [2, 4])
def test_sure_readouts_leave_no_vector_worse_than_none(dim):
    rng = np.random.default_rng(0)
    scores = np.where(rng.random((4096, NUM_KEYS)) < 0.3, 9.0, -6.0)
    scores = (scores + 0.01 * rng.standard_normal(scores.shape)).astype(np.float32)
    keys = np.linalg.qr(rng.standard_normal((NUM_KEYS, dim)))[0].astype(np.float32)
    vectors = best_vector.BestVector()(scores, keys, np.zeros(NUM_KEYS, "f")).numpy()
    assert np.isfinite(vectors).all()
    truth = special.softmax(scores.astype(np.float64), axis=1)
    said = special.log_softmax(vectors.astype(np.float64) @ keys.T, axis=1)
    assert (-(truth * said).sum(axis=1) <= np.log(NUM_KEYS) + 1e-5).all()


def _scorer(precision="float32", **fields):
    keras.utils.set_random_seed(0)
    config = ModelConfig("two_tower", d_model=16, vector_dim=4, **SOLVED | fields)
    return families.build(registry.get("union_27").spec, config, precision)


def test_half_precision_reads_and_single_precision_solves():
    queries = registry.get("union_27").sample(np.random.default_rng(0), 5)
    half, single = (
        _scorer(precision).query_encoder({"query": queries})
        for precision in ("mixed_float16", "float32")
    )
    assert half.dtype == single.dtype == "float32"
    # What is read differs by half precision's rounding, and vectors follow it.
    distance = np.linalg.norm(half - single) / np.linalg.norm(single)
    assert 0 < distance < 0.05


@pytest.mark.parametrize("layers", [0, 2])
def test_a_two_tower_scores_by_its_best_vectors(layers):
    scorer = _scorer(num_head_layers=layers)
    queries = registry.get("union_27").sample(np.random.default_rng(0), 5)
    scores = scorer.all_keys_scorer({"query": queries}).numpy()
    vectors = scorer.query_encoder({"query": queries}).numpy()
    keys, biases = scorer.key_encoder({"key": np.arange(27)})
    np.testing.assert_allclose(vectors @ keys.numpy().T + biases, scores, atol=1e-4)
    beside = scorer.trained()({"query": queries}).numpy()
    expected = best_vector.BestVector()(beside, keys, biases)
    np.testing.assert_allclose(vectors, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("layers", [0, 2])
def test_every_weight_but_the_keys_gets_a_gradient(layers):
    scorer = _scorer(num_head_layers=layers)
    trained = scorer.trained()
    queries = registry.get("union_27").sample(np.random.default_rng(0), 5)
    variables = [v.value for v in trained.trainable_variables]
    with tf.GradientTape() as tape:
        scores = trained({"query": queries})
        loss = tf.reduce_sum(tf.nn.log_softmax(scores)[:, ::4])
    for gradient in tape.gradient(loss, variables):
        assert np.abs(tf.convert_to_tensor(gradient)).max() > 0
    fixed = [v.path for v in scorer.all_keys_scorer.non_trainable_variables]
    assert sorted(fixed) == ["keys/biases", "keys/vectors"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"readouts": "learned"}, "readouts=keys, got learned"),
        ({"similarity": "cosine"}, "similarity=dot, got cosine"),
        ({"key_init": "normal"}, "key_init=uniform, got normal"),
    ],
)
@pytest.mark.parametrize("kind", ["solved", "fitted"])
def test_what_vectors_need_that_are_not_learned(kind, fields, message):
    with pytest.raises(UserError, match=f"query_vector={kind} needs {message}"):
        ModelConfig("two_tower", **{**SOLVED, "query_vector": kind, **fields})
