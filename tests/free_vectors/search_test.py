"""Tests of the search for keys and of a floor's row, on floors known by theory."""

import math

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.free_vectors import floor
from set_contrastive.free_vectors import queries
from set_contrastive.free_vectors import search
from set_contrastive.games import distinct_subsets
from set_contrastive.games import registry
from set_contrastive.games import shatter

_QUICK = search.Settings(restarts=1, candidate_dims=1, decades=6)


@pytest.mark.parametrize(
    ("game", "dim"),
    [
        (shatter.ShatterGame(5), 4),  # A simplex: every subset is a face.
        (shatter.ShatterGame(5), 9),  # More dimensions than scores.
        (registry.get("wildcard_27"), 6),  # A product of three triangles.
        (registry.get("set_27"), 4),  # Every key is a corner.
    ],
)
def test_a_floor_of_zero_is_found(game, dim):
    row, paths = floor.find(game, dim, _QUICK)
    assert 0 <= row["kl_nats"] < 2e-4
    assert row["inner_gap"] < 1e-9
    assert [path["ridge"] for path in paths] == pytest.approx([1e-4, 1e-5, 1e-6, 0])


def test_where_the_dimension_does_not_suffice_the_path_falls_and_fresh_queries_cost():
    game = shatter.ShatterGame(15)  # 32,767 queries, which are drawn.
    settings = search.Settings(
        restarts=2, candidate_dims=4, num_queries=60, decades=6, seed=3
    )
    stages = []
    row, paths = floor.find(game, 3, settings, stages.append)
    assert len(stages) == 2 * 3 and len(paths) == 2 * 4
    for restart in range(2):
        path = [p for p in paths if p["restart"] == restart]
        assert (np.diff([p["kl_nats"] for p in path]) < 0).all()
        assert (np.diff([p["rms_score"] for p in path[:-1]]) > 0).all()
    ends = [path["kl_nats"] for path in paths if path["ridge"] == 0]
    assert row["kl_nats"] == min(ends) > 0.1
    assert row["spread"] == pytest.approx(max(ends) - min(ends))
    assert row["held_out_kl_nats"] > row["kl_nats"]  # Keys were fitted to 60 queries.
    assert row["moderate_kl_nats"] > row["kl_nats"]
    assert 0 < row["last_decade"] < 1 and row["inner_gap"] < 1e-8
    again, _ = floor.find(game, 3, settings)
    seconds = {"seconds": 0}
    assert again | seconds == row | seconds


def test_keys_do_better_than_random_ones_by_far():
    subsets = distinct_subsets.of_split(shatter.ShatterGame(8), 1)
    found = search.search(subsets, 3, 0, _QUICK)
    rng = np.random.default_rng(0)
    for _ in range(20):
        keys = queries.Keys(rng.standard_normal((8, 3)), rng.standard_normal(8))
        random = queries.solve(keys, subsets.truth)
        assert found.kl_nats < 0.9 * (subsets.weights @ random.kl_nats)


def test_the_first_candidates_are_singular_vectors_and_the_moment_curve():
    subsets = distinct_subsets.of_split(registry.get("wildcard_27"), 1)
    masks = subsets.truth > 0
    rows = masks - subsets.weights @ masks
    rows = (rows - rows.mean(axis=1, keepdims=True)) * np.sqrt(subsets.weights)[:, None]
    space = np.linalg.svd(rows)[2][:6].T  # Those of the 6 largest values.
    vectors = search.first_keys(subsets, 6, 0, 0).vectors
    outside = vectors - space @ (space.T @ vectors)
    assert np.linalg.norm(outside) < 0.2 < np.linalg.norm(vectors)
    vectors = search.first_keys(subsets, 4, 1, 0).vectors
    angle = 2 * math.pi * 5 / 27
    expected = [f(k * angle) for k in (1, 2) for f in (math.cos, math.sin)]
    np.testing.assert_allclose(vectors[5], expected, atol=0.05)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"restarts": 0}, "restarts must be at least 1, got 0"),
        ({"num_queries": -1}, "num_queries must be at least 1, got -1"),
        ({"decades": 4}, "decades must be at least 5, got 4"),
        ({"decades": 13}, "decades must be at most 12, got 13"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_bad_settings_are_named(values, message):
    with pytest.raises(UserError, match=message):
        search.Settings(**values)


def test_a_dimension_below_one_is_named():
    with pytest.raises(UserError, match="dims must be at least 1, got 0"):
        floor.find(registry.get("set_27"), 0, _QUICK)


@pytest.mark.parametrize("num_keys", [1, 129])
def test_a_game_of_too_few_or_too_many_keys_is_named(num_keys):
    with pytest.raises(UserError, match=f"2 to 128 keys, got shatter_{num_keys} with"):
        floor.find(shatter.ShatterGame(num_keys), 1, _QUICK)


def test_refined_keys_serve_queries_that_no_search_saw():
    game = shatter.ShatterGame(12)
    every = distinct_subsets.of_split(game, 1_500, "train")
    few = distinct_subsets.part(every, 60)
    fresh = distinct_subsets.of_split(game, 500)
    found = search.search(few, 3, 0, _QUICK).keys
    refined = search.refine(found, every, _QUICK)
    before, after = (
        fresh.weights @ queries.solve(keys, fresh.truth, 1e-6).kl_nats
        for keys in (found, refined)
    )
    assert after < 0.99 * before
