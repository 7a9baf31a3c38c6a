import numpy as np
import pytest

from set_contrastive.advisor import reached
from set_contrastive.base.errors import UserError


def _mask(seed=0, rows=40, columns=12, size=2):
    rng = np.random.default_rng(seed)
    return np.argsort(rng.random((rows, columns)), axis=1) < size


@pytest.mark.parametrize("objective", reached.OBJECTIVES)
def test_enough_dimensions_retrieve_all(objective):
    mask = _mask()
    weights = np.ones(len(mask))
    witness = reached.train(mask, weights, objective, 11, 0)
    scores = witness.rows @ witness.columns.T
    for row, inside in zip(scores, mask, strict=True):
        assert set(np.argsort(-row)[: inside.sum()]) == set(np.flatnonzero(inside))
    assert reached.summary(witness, mask, weights)["retrieved"] == 1


@pytest.mark.parametrize("objective", reached.OBJECTIVES)
def test_one_dimension_does_not(objective):
    mask = _mask()
    weights = np.ones(len(mask))
    witness = reached.train(mask, weights, objective, 1, 0)
    found = reached.summary(witness, mask, weights)
    assert found["retrieved"] < 0.9
    assert found["min_gap"] <= 0


def test_rows_of_all_columns_need_no_training():
    mask = np.ones((3, 4), bool)
    witness = reached.train(mask, np.ones(3), "softmax", 2, 0)
    assert reached.summary(witness, mask, np.ones(3))["retrieved"] == 1


def test_kl_is_that_of_the_best_temperature():
    scores = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]])
    mask = np.array([[True, False, False], [False, True, True]])
    weights = np.array([3, 1])

    def kl(scale):
        found = []
        for row, inside in zip(scores, mask, strict=True):
            p = np.exp(scale * row) / np.exp(scale * row).sum()
            u = inside / inside.sum()
            found.append((u[inside] * np.log(u[inside] / p[inside])).sum())
        return float(np.average(found, weights=weights))

    grid = min(kl(scale) for scale in np.geomspace(0.01, 100, 4000))
    assert reached.kl_nats(scores, mask, weights) == pytest.approx(grid, abs=1e-4)


def test_kl_of_what_is_retrieved_by_equal_scores_is_zero():
    mask = _mask()
    assert reached.kl_nats(mask.astype(np.float32), mask, np.ones(40)) < 1e-6


def test_unknown_objective():
    with pytest.raises(UserError, match="objective must be one of softmax"):
        reached.train(_mask(), np.ones(40), "hinge", 2, 0)
