import json
import pathlib

import numpy as np
import pytest

from set_contrastive.advisor import encoder_cells
from set_contrastive.advisor import measures
from set_contrastive.advisor import precisions
from set_contrastive.advisor.judgements import Judgements

_EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "limit_small"


@pytest.fixture(scope="module")
def limit():
    lines = (_EXAMPLE / "qrels.jsonl").read_text().splitlines()
    pairs = [json.loads(line) for line in lines]
    judgements = Judgements.of_pairs(
        [pair["query-id"] for pair in pairs],
        [pair["corpus-id"] for pair in pairs],
        [pair["score"] for pair in pairs],
    )
    with np.load(_EXAMPLE / "queries.npz") as file:
        places = {name: place for place, name in enumerate(file["ids"])}
        rows = [places[name] for name in judgements.query_ids]
        queries = file["vectors"][rows]
    with np.load(_EXAMPLE / "documents.npz") as file:
        documents, names = file["vectors"], file["ids"].tolist()

    def collection(measure):
        parsed = measures.parse(measure)
        return encoder_cells.Collection(judgements, parsed, queries, documents, names)

    return collection


@pytest.fixture
def small():
    """Two queries, four documents on a line, of which query b judged only some."""
    judgements = Judgements.of_pairs(
        ["a", "a", "b", "b", "b"],
        ["x3", "x0", "x1", "x2", "gone"],
        [1, 0, 1, 0, 1],
    )

    def collection(unjudged):
        return encoder_cells.Collection(
            judgements,
            measures.parse("RR@10"),
            np.float32([[1, 0], [1, 0]]),
            np.float32([[1, 0], [2, 0], [3, 0], [4, 0], [5, 0]]),
            ("x0", "x1", "x2", "x3", "never judged"),
            unjudged,
        )

    return collection


@pytest.mark.parametrize(
    ("measure", "expected"), [("R@2", 0.162), ("R@10", 0.480), ("R@20", 0.694)]
)
def test_full_vectors_of_limit_have_their_known_recall(limit, measure, expected):
    cell = encoder_cells.measure_cell(limit(measure), "none", "float32", 384)
    assert cell.values.mean() == pytest.approx(expected, abs=1e-3)
    assert cell.values.shape == (1000,)
    assert cell.bytes_per_document == 1536
    assert cell.ms_per_query > 0


@pytest.mark.parametrize("precision", precisions.PRECISIONS)
def test_recall_is_that_of_a_loop(limit, precision):
    collection = limit("R@2")
    cell = encoder_cells.measure_cell(collection, "prefix", precision, 16)
    reduction = collection.reducer.fit("prefix", 16)
    index = precisions.Index(
        precision, lambda: [reduction.documents(collection.documents)]
    )
    scores, found = index.search(reduction.queries(collection.queries), 46)
    relation = collection.judgements.relation().toarray()
    names = [
        collection.judgements.document_ids.index(n) for n in collection.document_ids
    ]
    for query in range(0, 1000, 50):
        best = [names[document] for document in found[query, :2]]
        assert cell.values[query] == relation[query, best].sum() / 2
    assert (np.diff(scores) < 0).mean() > 0.99


def test_random_is_the_mean_over_choices(limit):
    collection = limit("R@10")
    cell = encoder_cells.measure_cell(collection, "random", "float32", 64, seeds=2)
    each = [
        encoder_cells.measure(
            collection, collection.reducer.fit("random", 64, seed), "float32"
        ).values
        for seed in range(2)
    ]
    np.testing.assert_allclose(cell.values, np.mean(each, axis=0))
    assert (each[0] != each[1]).any()


def test_some_queries_are_measured(limit):
    collection = limit("R@10")
    reduction = collection.reducer.fit("pca", 32)
    whole = encoder_cells.measure(collection, reduction, "int8")
    rows = np.array([900, 3, 41])
    some = encoder_cells.measure(collection, reduction, "int8", rows)
    np.testing.assert_array_equal(some.values, whole.values[rows])


@pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
def test_unjudged_documents_count_as_negative(small, precision):
    # Best first: never judged, x3, x2, x1, x0.
    cell = encoder_cells.measure_cell(small("negative"), "none", precision, 2)
    np.testing.assert_allclose(cell.values, [1 / 2, 1 / 4])


@pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
def test_unjudged_documents_are_left_out(small, precision):
    # Of a: x3, x0. Of b: x2, x1.
    cell = encoder_cells.measure_cell(small("ignored"), "none", precision, 2)
    np.testing.assert_allclose(cell.values, [1, 1 / 2])


def test_unjudged_are_left_out_for_some_queries_as_well(small):
    collection = small("ignored")
    reduction = collection.reducer.fit("none", 2)
    rows = np.array([1])
    cell = encoder_cells.measure(collection, reduction, "float32", rows)
    np.testing.assert_allclose(cell.values, [1 / 2])


def test_relation_is_of_documents_with_vectors(small):
    expected = [[0, 0, 0, 1, 0], [0, 1, 0, 0, 0]]
    np.testing.assert_array_equal(small("negative").relation().toarray(), expected)
