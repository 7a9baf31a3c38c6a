import numpy as np
import pytest
from scipy import sparse

from set_contrastive.advisor import candidates
from set_contrastive.advisor import encoder_cells
from set_contrastive.advisor import folds
from set_contrastive.advisor import heads
from set_contrastive.advisor import measures
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.base.errors import UserError

_DIM = 12
_DOCUMENTS = 40


def _collection(queries, documents, relevant):
    """Returns a collection; `relevant` `[Q, k]` are the numbers of documents."""
    count, each = relevant.shape
    judgements = Judgements.of_pairs(
        [f"q{i}" for i in range(count) for _ in range(each)],
        [f"d{i}" for i in relevant.ravel()],
        [1] * relevant.size,
    )
    names = [f"d{i}" for i in range(len(documents))]
    measure = measures.parse("R@5")
    return encoder_cells.Collection(judgements, measure, queries, documents, names)


def _planted(rng, count=300):
    """Queries are their document, turned by a map that heads can undo, and noise."""
    documents = rng.normal(size=(_DOCUMENTS, _DIM)).astype(np.float32)
    relevant = rng.integers(_DOCUMENTS, size=(count, 1))
    turn = np.linalg.qr(rng.normal(size=(_DIM, _DIM)))[0]
    noise = 0.3 * rng.normal(size=(count, _DIM))
    queries = (documents[relevant[:, 0]] + noise) @ turn
    return queries.astype(np.float32), documents, relevant


def _independent(rng, count=300):
    """Which documents are relevant has nothing to do with the vectors."""
    documents = rng.normal(size=(_DOCUMENTS, _DIM)).astype(np.float32)
    queries = rng.normal(size=(count, _DIM)).astype(np.float32)
    relevant = np.argsort(rng.random((count, _DOCUMENTS)))[:, :2]
    return queries, documents, relevant


@pytest.mark.parametrize(
    ("dim", "documents_too"), [(_DIM, True), (_DIM, False), (8, True)]
)
def test_heads_undo_what_a_linear_map_can(dim, documents_too):
    collection = _collection(*_planted(np.random.default_rng(0)))
    split = folds.split(300, 3)
    found = heads.learned_values(collection, dim, split, documents_too=documents_too)
    before = encoder_cells.measure_cell(collection, "pca", "float32", dim)
    assert before.values.mean() < 0.3
    assert found["float32"].values.mean() > 0.8
    assert found["int8"].values.mean() > 0.8
    assert found["binary"].values.mean() > 0.5
    assert found["binary"].bytes_per_document == -(-dim // 8)
    assert found["float16"].ms_per_query > 0


def test_held_out_queries_have_no_more_than_chance_where_there_is_nothing_to_learn():
    collection = _collection(*_independent(np.random.default_rng(0)))
    split = folds.split(300, 3)
    values = heads.learned_values(collection, _DIM, split, names=["float32"])
    chance = 5 / _DOCUMENTS
    error = np.sqrt(chance * (1 - chance) / 600)
    assert abs(values["float32"].values.mean() - chance) < 3 * error
    # The same heads, measured on what they were fitted to, would show much more.
    everything = np.arange(300)
    leaky = heads.train(
        collection.queries,
        collection.documents,
        collection.relation(),
        _DIM,
        np.concatenate([everything] * 2),  # So that none is only kept aside.
    )
    leaked = encoder_cells.measure(collection, leaky, "float32").values.mean()
    assert leaked > chance + 8 * error


@pytest.mark.parametrize("most", [candidates.MOST, 20])
def test_nothing_of_other_queries_is_looked_at(most, monkeypatch):
    monkeypatch.setattr(candidates, "MOST", most)
    monkeypatch.setattr(candidates, "_DRAWN", 5)
    rng = np.random.default_rng(0)
    queries, documents, relevant = _planted(rng, 60)
    relation = sparse.csr_array(np.eye(_DOCUMENTS, dtype=bool)[relevant[:, 0]])
    rows = np.arange(0, 60, 2)
    first = heads.train(queries, documents, relation, 6, rows)
    others = np.arange(1, 60, 2)
    queries[others] = rng.normal(size=(30, _DIM))
    scrambled = relation.toarray()
    scrambled[others] = rng.random((30, _DOCUMENTS)) < 0.5
    second = heads.train(queries, documents, sparse.csr_array(scrambled), 6, rows)
    np.testing.assert_array_equal(first.query_matrix, second.query_matrix)
    np.testing.assert_array_equal(first.document_matrix, second.document_matrix)


def test_start_is_kept_where_nothing_better_is_found():
    rng = np.random.default_rng(3)
    documents = rng.normal(size=(_DOCUMENTS, _DIM)).astype(np.float32)
    relation = sparse.csr_array(np.eye(_DOCUMENTS, dtype=bool))
    found = heads.train(documents, documents, relation, _DIM, np.arange(_DOCUMENTS))
    np.testing.assert_array_equal(found.query_matrix, np.eye(_DIM))


def test_documents_may_stay_as_they_are():
    queries, documents, relevant = _planted(np.random.default_rng(0))
    relation = sparse.csr_array(np.eye(_DOCUMENTS, dtype=bool)[relevant[:, 0]])
    rows = np.arange(200)
    found = heads.train(queries, documents, relation, _DIM, rows, documents_too=False)
    np.testing.assert_array_equal(found.documents(documents), documents)
    assert (found.query_matrix != np.eye(_DIM)).any()


def test_one_query_teaches_nothing():
    queries, documents, relevant = _planted(np.random.default_rng(0))
    relation = sparse.csr_array(np.eye(_DOCUMENTS, dtype=bool)[relevant[:, 0]])
    found = heads.train(queries, documents, relation, _DIM, np.array([4]))
    np.testing.assert_array_equal(found.query_matrix, np.eye(_DIM))


def test_large_collections_are_trained_in_batches(monkeypatch):
    monkeypatch.setattr(heads, "_BATCH_SCORES", 50 * _DOCUMENTS)
    collection = _collection(*_planted(np.random.default_rng(0)))
    found = heads.learned_values(
        collection, _DIM, folds.split(300, 2), names=["float32"]
    )
    assert found["float32"].values.mean() > 0.8


@pytest.mark.parametrize(
    ("dim", "documents_too", "message"),
    [(13, True, "at most 12, .* got 13"), (6, False, "must be 12, .* got 6")],
)
def test_dimensions_that_do_not_fit_are_refused(dim, documents_too, message):
    queries, documents, relevant = _planted(np.random.default_rng(0), 20)
    relation = sparse.csr_array(np.eye(_DOCUMENTS, dtype=bool)[relevant[:, 0]])
    with pytest.raises(UserError, match=message):
        heads.train(
            queries,
            documents,
            relation,
            dim,
            np.arange(20),
            documents_too=documents_too,
        )
