"""The training of free vectors, by brute force and by geometry."""

import dataclasses
import math

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.free_vectors import objectives
from set_contrastive.free_vectors import training
from tests.free_vectors.small_masks import pairs
from tests.free_vectors.small_masks import subsets_of

QUICK = training.Settings("ranking", max_steps=400, restarts=4)
# As arXiv 2508.21038 trains.
PAIRED = training.Settings(
    *("infonce", True, True, 0.1, 0.01, 1.0, 4_000, 1_000, 1e-5, 50, 1, "float32")
)


def but(settings, **fields):
    return dataclasses.replace(settings, **fields)


def test_retrieved_by_hand():
    mask = np.array([[True, True, False], [False, True, False]])
    scores = np.array([[2.0, 3.0, 1.0], [2.0, 2.0, 1.0]])
    assert training.retrieved(scores, mask).tolist() == [True, False]
    assert training.retrieved(-scores, mask).tolist() == [False, False]


def test_retrieved_is_what_brute_force_says():
    rng = np.random.default_rng(0)
    mask = pairs(5)
    for _ in range(20):
        scores = rng.integers(0, 6, mask.shape).astype(float)  # With ties.
        right = [
            all(s > o for s in row[inside] for o in row[~inside])
            for row, inside in zip(scores, mask, strict=True)
        ]
        assert training.retrieved(scores, mask).tolist() == right


@pytest.mark.parametrize("name", ["ranking", "softmax"])
def test_what_is_found_retrieves_every_subset(name):
    mask = subsets_of((2, 4))
    found = training.train(mask, 4, but(QUICK, objective=name, max_steps=800))
    assert found.retrieved == 1 and found.steps % QUICK.check_every == 0
    assert (found.queries.shape, found.keys.shape) == ((8, 4), (16, 4))
    for query, subset in zip(found.queries, mask, strict=True):
        scores = [float(query @ key) for key in found.keys]
        order = sorted(range(16), key=lambda k: -scores[k])
        assert set(order[: subset.sum()]) == set(np.flatnonzero(subset).tolist())


def test_on_a_line_only_both_ends_are_first():
    found = training.train(np.eye(6, dtype=np.bool_), 1, QUICK)
    assert found.retrieved == pytest.approx(2 / 6)


def test_the_shared_game_needs_two_dimensions_an_attribute():
    # A simplex (3 values) or polygon for each attribute, side by side, retrieves all.
    for deck, dim in (((2, 3), 4), ((2, 5), 4), ((3, 3), 6)):
        mask = subsets_of(deck)
        assert training.train(mask, dim, QUICK).retrieved == 1
        assert training.train(mask, dim - 1, QUICK).retrieved < 1


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("objective", ["infonce", "sigmoid", "margin"])
def test_few_documents_are_solved(objective, normalize):
    settings = but(PAIRED, objective=objective, normalize=normalize)
    found = training.train(pairs(5), 4, settings)
    assert found.retrieved == 1 and found.steps % settings.check_every == 0
    assert found.keys.dtype == np.float32
    if normalize:
        for vectors in (found.queries, found.keys):
            lengths = np.linalg.norm(vectors, axis=1)
            np.testing.assert_allclose(lengths, 1, rtol=1e-5)


def test_only_the_sigmoid_objective_moves_its_bias():
    for objective, moves in (("infonce", False), ("sigmoid", True)):
        settings = but(PAIRED, objective=objective, max_steps=50)
        assert (training.train(pairs(6), 3, settings).bias != -10) == moves


def test_on_a_circle_only_neighbours_are_found_together():
    """Of 4 documents in the plane, at most 4 of the 6 pairs are edges of the hull."""
    settings = but(PAIRED, max_steps=3_000)
    three = [training.train(pairs(3), 2, settings, seed) for seed in range(5)]
    assert any(found.retrieved == 1 for found in three)
    four = [training.train(pairs(4), 2, settings, seed) for seed in range(5)]
    assert max(found.retrieved for found in four) == 4 / 6


def test_training_ends_when_the_loss_no_longer_falls():
    settings = but(PAIRED, patience=20, least_fall=10.0)
    # The first loss counts as a fall; 20 further steps bring no fall of 10 nats.
    assert training.train(pairs(9), 2, settings).steps == 21


@pytest.mark.parametrize("settings", [QUICK, PAIRED])
def test_equal_seeds_end_equally_and_others_do_not(settings):
    mask = subsets_of((3, 3))
    first, again, other = (training.train(mask, 5, settings, s) for s in (0, 0, 1))
    np.testing.assert_array_equal(first.keys, again.keys)
    np.testing.assert_array_equal(first.queries, again.queries)
    assert first.steps == again.steps
    assert not np.allclose(first.keys, other.keys)


def test_starts_side_by_side_do_not_touch_each_other():
    mask, settings = pairs(9), but(QUICK, max_steps=30, check_every=100)
    both = training.train(mask, 3, but(settings, restarts=2))
    # The first of two draws what a single one does for its queries, not for its keys,
    # so the vectors are compared with a training that is given the same first ones.
    rng = np.random.default_rng(0)
    queries = rng.standard_normal((2, len(mask), 3))
    keys = rng.standard_normal((2, 9, 3))
    ends = []
    for start in range(2):
        vectors = np.concatenate([queries[start], keys[start]])
        moments = np.zeros((2, *vectors.shape))
        relation = objectives.Relation.of_mask(mask, None, np.float64)
        for step in range(30):
            q, k = vectors[: len(mask)], vectors[len(mask) :]
            slope = objectives.OBJECTIVES["ranking"]((q @ k.T)[None], relation, None)[1]
            slope = np.concatenate([slope[0] @ k, slope[0].T @ q])
            rate = 0.1 * (1 - 0.99 * step / 30)
            training.adam(vectors, slope, *moments, step + 1, rate)
        ends.append(vectors)
    found = np.concatenate([both.queries, both.keys])
    assert min(np.abs(found - end).max() for end in ends) < 1e-9


def test_weights_say_which_queries_matter():
    mask = pairs(4)  # In the plane only 4 of the 6 can be had.
    for row in (1, 4):
        weights = np.where(np.arange(6) == row, 100.0, 0.01)
        found = training.train(mask, 2, QUICK, 0, weights)
        assert training.retrieved(found.queries @ found.keys.T, mask)[row]


def test_adam_takes_the_steps_of_its_paper():
    values = np.array([[1.0, -2.0]], np.float32)
    first, second = np.zeros_like(values), np.zeros_like(values)
    expected, m, v = [1.0, -2.0], [0.0, 0.0], [0.0, 0.0]
    for step in range(1, 6):
        slopes = [math.sin(step), 0.01 * step]
        array = np.array([slopes], np.float32)
        training.adam(values, array, first, second, step, 0.1)
        for place, slope in enumerate(slopes):
            m[place] = 0.9 * m[place] + 0.1 * slope
            v[place] = 0.999 * v[place] + 0.001 * slope**2
            ahead, size = m[place] / (1 - 0.9**step), v[place] / (1 - 0.999**step)
            expected[place] -= 0.1 * ahead / (math.sqrt(size) + 1e-8)
        np.testing.assert_allclose(values[0], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"objective": "triplet"}, "one of softmax, infonce, .*, got 'triplet'"),
        ({"temperature": 0.0}, "temperature must be above 0, got 0.0"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0, got 0"),
        ({"max_steps": 0}, "max_steps must be at least 1, got 0"),
        ({"restarts": 0}, "restarts must be at least 1, got 0"),
        ({"patience": 0}, "patience must be at least 1, got 0"),
    ],
)
def test_bad_settings_are_named(fields, named):
    with pytest.raises(UserError, match=named):
        training.Settings(**fields)


def test_bad_dimension():
    with pytest.raises(UserError, match="d must be at least 1, got 0"):
        training.train(np.eye(3, dtype=np.bool_), 0, QUICK)


@pytest.mark.parametrize("row", [[0, 0, 0], [1, 1, 1]])
def test_subsets_that_need_no_vectors_are_refused(row):
    with pytest.raises(ValueError, match="none of them empty or of all keys"):
        training.train(np.array([[1, 0, 0], row], np.bool_), 2, QUICK)


def test_weights_of_nothing_are_refused():
    with pytest.raises(ValueError, match="weights must be above 0"):
        training.train(np.eye(3, dtype=np.bool_), 2, QUICK, 0, [1.0, 0.0, 1.0])
