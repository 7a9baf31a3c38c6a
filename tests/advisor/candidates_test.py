import numpy as np
import pytest
from scipy import sparse

from set_contrastive.advisor import candidates


@pytest.fixture
def vectors():
    rng = np.random.default_rng(0)
    return rng.normal(size=(10, 4)), rng.normal(size=(300, 4)).astype(np.float16)


@pytest.fixture
def relation():
    rows, columns = np.arange(10), 20 * np.arange(10)
    return sparse.csr_array((np.ones(10, bool), (rows, columns)), (10, 300))


def test_few_documents_are_all_candidates(vectors, relation):
    found = candidates.choose(*vectors, relation, np.arange(10))
    np.testing.assert_array_equal(found, np.arange(300))


def test_many_documents_give_relevant_hard_and_drawn_ones(
    vectors, relation, monkeypatch
):
    monkeypatch.setattr(candidates, "MOST", 100)
    monkeypatch.setattr(candidates, "_HARD", 5)
    monkeypatch.setattr(candidates, "_DRAWN", 8)
    queries, documents = vectors
    rows = np.array([1, 4])
    found = candidates.choose(queries, documents, relation, rows)
    scores = queries[rows] @ documents.astype(np.float64).T
    hard = np.argsort(-scores, axis=1)[:, :5]
    assert {20, 80} <= set(found)
    assert set(hard.ravel()) <= set(found)
    others = set(found) - set(hard.ravel()) - {20, 80}
    assert 1 <= len(others) <= 8


def test_no_more_than_the_most(vectors, relation, monkeypatch):
    monkeypatch.setattr(candidates, "MOST", 30)
    monkeypatch.setattr(candidates, "_DRAWN", 8)
    found = candidates.choose(*vectors, relation, np.arange(10))
    assert len(found) <= 30
    assert set(20 * np.arange(10)) <= set(found)
    np.testing.assert_array_equal(found, np.unique(found))
