import numpy as np
import pytest
from scipy import optimize

from set_contrastive.advisor import one_side
from set_contrastive.advisor import reached


def _relation(rows, columns, size, seed=0):
    rng = np.random.default_rng(seed)
    return np.argsort(rng.random((rows, columns)), axis=1) < size


def _kl(scores, mask):
    truth = mask / mask.sum(axis=1, keepdims=True)
    logs = scores - scores.max(axis=1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    entropy = np.log(mask.sum(axis=1))
    return float((-(truth * logs).sum(axis=1) - entropy).mean())


@pytest.mark.parametrize("dim", [3, 40])  # By Newton's method, and by Adam.
def test_queries_are_as_good_as_a_solver_of_scipy_finds(dim):
    rng = np.random.default_rng(0)
    mask = _relation(6, 60, 4)
    documents = rng.standard_normal((60, dim)).astype(np.float32)
    start = rng.standard_normal((6, dim)).astype(np.float32)
    found = one_side.free_queries(documents, mask, start)
    reached = _kl(found @ documents.T, mask)

    def loss(flat):
        return _kl(flat.reshape(6, dim) @ documents.T, mask)

    best = optimize.minimize(loss, np.zeros(6 * dim), method="L-BFGS-B")
    assert reached <= best.fun + 0.01
    assert reached < _kl(start @ documents.T, mask)


def test_queries_do_not_depend_on_a_shift_or_the_scale_of_documents():
    rng = np.random.default_rng(1)
    mask = _relation(20, 30, 3)
    documents = rng.standard_normal((30, 5)).astype(np.float32)
    start = np.ones((20, 5), np.float32)
    moved = 100 * documents + 7
    kls = [
        _kl(one_side.free_queries(x, mask, start) @ x.T, mask)
        for x in (documents, moved)
    ]
    assert kls[0] == pytest.approx(kls[1], abs=1e-3)


def test_documents_fit_queries_that_tell_them_apart():
    rng = np.random.default_rng(2)
    mask = _relation(50, 12, 2)
    queries = np.linalg.qr(rng.standard_normal((60, 60)))[0][:50].astype(np.float32)
    start = rng.standard_normal((12, 60)).astype(np.float32)
    found = one_side.free_documents(queries, mask, start)
    scores = queries @ found.T
    worst = np.where(mask, scores, np.inf).min(axis=1)
    assert (worst > np.where(mask, -np.inf, scores).max(axis=1)).all()


def test_documents_cannot_fit_scrambled_queries_of_few_dimensions():
    rng = np.random.default_rng(3)
    mask = _relation(400, 30, 2)
    queries = rng.standard_normal((400, 4)).astype(np.float32)
    start = rng.standard_normal((30, 4)).astype(np.float32)
    found = one_side.free_documents(queries, mask, start)
    chance = _kl(np.zeros((400, 30)), mask)
    assert 0.7 * chance < _kl(queries @ found.T, mask) < chance


@pytest.mark.parametrize("count", [1, 15])
@pytest.mark.parametrize("dim", [2, 40])
def test_where_every_document_is_relevant_any_vectors_will_do(count, dim):
    rng = np.random.default_rng(4)
    mask = np.ones((12, count), np.bool_)
    documents = rng.standard_normal((count, dim)).astype(np.float32)
    queries = rng.standard_normal((12, dim)).astype(np.float32)
    weights = np.ones(12)
    found = one_side.free_queries(documents, mask, queries)
    assert found.shape == queries.shape
    assert np.isfinite(found).all()
    kl = reached.kl_nats(found @ documents.T, mask, weights)
    assert kl == pytest.approx(0, abs=0.01)
    found = one_side.free_documents(queries, mask, documents)
    assert found.shape == documents.shape
    assert np.isfinite(found).all()
    assert np.isfinite(reached.kl_nats(queries @ found.T, mask, weights))
