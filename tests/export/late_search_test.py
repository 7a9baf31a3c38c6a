"""The search by several vectors of a key against loops over all pairs."""

import math

import numpy as np
import pytest

from export import late_search
from set_contrastive.configs.model_config import ModelConfig


class _Exhaustive:
    """Finds the best rows by loops, as faiss's Flat does."""

    def __init__(self, rows):
        self._rows = rows

    def search(self, queries, count):
        products = queries @ self._rows.T
        order = np.argsort(-products, axis=1, kind="stable")[:, :count]
        missing = count - order.shape[1]
        order = np.pad(order, [(0, 0), (0, missing)], constant_values=-1)
        return None, order


def _vectors(num_keys=30, seed=0):
    rng = np.random.default_rng(seed)
    keys = rng.standard_normal((num_keys, 3, 4), np.float32)
    return keys, rng.standard_normal((5, 2, 4), np.float32)


def _score(query, key, config):
    total = 0.0
    for q in query:
        products = [float(q @ k) for k in key]
        t = config.smooth_temperature
        if config.aggregate == "smooth":
            total += t * math.log(sum(math.exp(p / t) for p in products))
        else:
            total += max(products)
    return total / len(query) if config.aggregate == "mean_max_sim" else total


@pytest.mark.parametrize("aggregate", ["max_sim", "mean_max_sim", "smooth"])
def test_with_all_candidates_it_is_the_exhaustive_ranking(aggregate):
    config = ModelConfig("x", aggregate=aggregate, smooth_temperature=0.7)
    keys, queries = _vectors()
    numbers, scores = late_search.search(
        *(_Exhaustive(keys.reshape(-1, 4)), keys, queries),
        *(late_search.aggregate_of(config), 6, 90),
    )
    for query, found, values in zip(queries, numbers, scores, strict=True):
        expected = np.array([_score(query, key, config) for key in keys])
        np.testing.assert_array_equal(found, np.argsort(-expected, kind="stable")[:6])
        np.testing.assert_allclose(values, expected[found], rtol=1e-5)


def test_candidates_are_the_keys_of_the_best_rows():
    keys, queries = _vectors()
    numbers, _ = late_search.search(
        *(_Exhaustive(keys.reshape(-1, 4)), keys, queries, late_search.max_sim, 10, 2)
    )
    for query, found in zip(queries, numbers, strict=True):
        best = set()
        for q in query:
            rows = sorted(
                ((float(q @ k), key) for key in range(30) for k in keys[key]),
                reverse=True,
            )
            best |= {key for _, key in rows[:2]}
        assert set(found[found >= 0]) == best


def test_more_rows_than_there_are_and_equal_scores():
    keys = np.ones((3, 1, 4), np.float32)
    numbers, scores = late_search.search(
        *(_Exhaustive(keys.reshape(-1, 4)), keys, keys[:1], late_search.max_sim, 5, 9)
    )
    assert numbers.tolist() == [[0, 1, 2, -1, -1]]
    assert scores.tolist() == [[4.0, 4.0, 4.0, -math.inf, -math.inf]]
