"""The witness of MaxSim in two dimensions, on random relations."""

import math

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.free_vectors import max_sim


def _random_subsets(seed):
    rng = np.random.default_rng(seed)
    num_keys = int(rng.integers(2, 30))
    mask = rng.random((int(rng.integers(1, 200)), num_keys)) < rng.random()
    return np.unique(mask, axis=0)


@pytest.mark.parametrize("seed", range(20))
def test_every_random_relation_is_retrieved_in_two_dimensions(seed):
    mask = _random_subsets(seed)
    queries, keys = max_sim.witness(mask)
    held = max(sum(map(bool, column)) for column in mask.T)
    assert keys.shape == (mask.shape[1], max(1, held), 2)
    np.testing.assert_allclose(np.linalg.norm(queries, axis=1), 1.0)
    scores = max_sim.scores(queries, keys)
    far = math.cos(2 * math.pi / len(mask)) if len(mask) > 1 else 0.0
    for i, row in enumerate(mask):
        for k, inside in enumerate(row):
            best = (keys[k] @ queries[i]).max()
            if inside:
                assert best == pytest.approx(1.0)
            else:
                assert best <= max(far, 0.0) + 1e-9
            assert best == pytest.approx(scores[i, k])


def test_scaled_up_its_kl_is_as_small_as_one_likes():
    mask = _random_subsets(3)
    mask = mask[mask.any(axis=1)]
    scores = max_sim.scores(*max_sim.witness(mask))
    truth = mask / mask.sum(axis=1, keepdims=True)
    found = []
    for scale in (1e1, 1e6):
        exponentials = np.exp(scale * (scores - 1))
        shares = exponentials / exponentials.sum(axis=1, keepdims=True)
        logs = np.log(np.where(mask, truth, 1.0) / np.where(mask, shares, 1.0))
        found.append((truth * logs).sum(axis=1).mean())
    assert found[1] < 1e-9 < found[0]


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((0, 3), bool), "at least one subset"),
        (np.ones((2, 3), bool), "distinct subsets"),
    ],
)
def test_what_is_no_relation_is_named(mask, message):
    with pytest.raises(UserError, match=message):
        max_sim.witness(mask)
