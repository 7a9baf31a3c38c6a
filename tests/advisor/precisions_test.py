import sys

import numpy as np
import pytest

from set_contrastive.advisor import precisions
from set_contrastive.base.errors import UserError

_DIM = 13  # No multiple of 8: bits must be padded.


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(precisions, "_DOCUMENTS", 64)
    monkeypatch.setattr(precisions, "_QUERIES", 4)


@pytest.fixture
def documents():
    drawn = np.random.default_rng(0).normal(0.3, 1, (500, _DIM))
    return drawn.astype(np.float32)


@pytest.fixture
def queries():
    return np.random.default_rng(1).normal(0.3, 1, (11, _DIM)).astype(np.float32)


def _blocks(vectors):
    return lambda: np.array_split(vectors, 7)


def _decoded(precision, documents):
    if precision == "float16":
        return documents.astype(np.float16).astype(np.float32)
    if precision == "int8":
        least = documents.min(axis=0)
        width = documents.max(axis=0) - least
        steps = np.clip(np.floor(255 * (documents - least) / width), 0, 255)
        return least + width * (steps + 0.5) / 255
    return documents


@pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
def test_search_finds_the_best_inner_products(precision, documents, queries):
    found = precisions.search(precision, queries, _blocks(documents), 20)
    scores = queries @ _decoded(precision, documents).T
    expected = np.argsort(-scores, axis=1)[:, :20]
    if precision == "int8":
        # float32 may put a coordinate on the border of two steps into either.
        assert (found.documents == expected).mean() > 0.98
    else:
        np.testing.assert_array_equal(found.documents, expected)
    np.testing.assert_allclose(
        found.scores, np.take_along_axis(scores, expected, 1), atol=1e-3
    )
    assert found.ms_per_query > 0


def test_binary_search_finds_the_fewest_different_bits(documents, queries):
    found = precisions.search("binary", queries, _blocks(documents), 20)
    mean = documents.mean(axis=0)
    different = (queries > mean)[:, None] != (documents > mean)[None]
    distances = different.sum(axis=2)
    np.testing.assert_array_equal(
        np.ceil(found.scores), -np.sort(distances, axis=1)[:, :20]
    )
    np.testing.assert_array_equal(
        np.ceil(found.scores), -np.take_along_axis(distances, found.documents, 1)
    )
    assert (np.diff(found.scores) <= 0).all()


@pytest.mark.parametrize("precision", precisions.PRECISIONS)
def test_rankings_are_those_of_the_index_itself(precision, documents, queries):
    index = precisions.Index(precision, _blocks(documents))
    scores, _ = index.search(queries, 20)
    own, _ = index._index.search(index._encoded(queries), 20)
    if precision == "binary":
        np.testing.assert_array_equal(np.ceil(scores), -own)
    else:
        np.testing.assert_allclose(scores, own, atol=1e-4)


@pytest.mark.parametrize("precision", precisions.PRECISIONS)
def test_pairs_have_the_scores_of_the_search(precision, documents, queries):
    index = precisions.Index(precision, _blocks(documents))
    scores, found = index.search(queries, 15)
    query = np.repeat(np.arange(len(queries)), 15)
    pairs = index.pair_scores(queries, query, found.ravel())
    np.testing.assert_allclose(pairs, scores.ravel(), atol=1e-5)


def test_ties_do_not_favour_the_first_documents():
    documents = np.tile(np.float32([[1, -1], [-1, 1]]), (500, 1))
    query = np.float32([[1, -1]])
    found = precisions.search("binary", query, _blocks(documents), 100)
    assert (np.ceil(found.scores) == 0).all()
    assert (found.documents % 2 == 0).all()
    assert 350 < found.documents.mean() < 650


@pytest.mark.parametrize("precision", precisions.PRECISIONS)
def test_coordinate_without_variance_does_not_matter(precision, documents, queries):
    documents[:, 3] = 0
    found = precisions.search(precision, queries, _blocks(documents), 5)
    queries[:, 3] *= -1
    again = precisions.search(precision, queries, _blocks(documents), 5)
    np.testing.assert_array_equal(found.documents, again.documents)


@pytest.mark.parametrize("precision", precisions.PRECISIONS)
def test_all_documents_are_found_where_there_are_fewer(precision, documents, queries):
    found = precisions.search(precision, queries, _blocks(documents[:9]), 100)
    assert found.documents.shape == (11, 9)
    np.testing.assert_array_equal(np.sort(found.documents), np.tile(range(9), (11, 1)))


def test_bytes_of_a_document():
    sizes = [precisions.bytes_per_document(p, 12) for p in precisions.PRECISIONS]
    assert sizes == [48, 24, 12, 2]


@pytest.mark.parametrize("precision", precisions.PRECISIONS)
def test_bytes_are_those_that_faiss_keeps(precision, documents):
    index = precisions.Index(precision, _blocks(documents))
    expected = precisions.bytes_per_document(precision, _DIM)
    assert index._index.code_size == expected


def test_unknown_precision_is_refused(documents, queries):
    with pytest.raises(UserError, match="precision must be one of float32"):
        precisions.search("int4", queries, _blocks(documents), 5)


def test_no_documents_are_refused(queries):
    with pytest.raises(UserError, match="documents must be at least one"):
        precisions.search("int8", queries, lambda: [], 5)


def test_faiss_that_is_missing_is_named_as_it_is_installed(
    monkeypatch, documents, queries
):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(UserError, match="not installed: pip install faiss-cpu$"):
        precisions.search("int8", queries, _blocks(documents), 5)
