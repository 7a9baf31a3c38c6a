import numpy as np
import pytest

from set_contrastive.advisor import measures
from set_contrastive.advisor import relation
from set_contrastive.advisor.columns import ColumnRanker
from set_contrastive.advisor.judgements import Judgements
from tests.advisor.relations import judged


def test_documents_of_a_column_are_ranked_together():
    # d0 and d1 are relevant to the same queries; two documents are not judged.
    judgements = judged([{0, 1}, {0, 1, 2}])
    reduced = relation.reduce(judgements, 5)
    column = dict(zip(judgements.document_ids, reduced.column_of_document, strict=True))
    scores = np.zeros((2, 3))
    scores[:, column["d0"]] = [3, 1]
    scores[:, column["d2"]] = [2, 5]
    rankings = ColumnRanker(judgements, reduced, 10)(scores)
    assert rankings["q0"]["d0"] == rankings["q0"]["d1"] == 3
    assert rankings["q0"]["d2"] == 2
    assert len(rankings["q0"]) == 5
    assert sorted(rankings["q0"].values()) == [0, 0, 2, 3, 3]


def test_a_ranking_is_as_deep_as_asked():
    judgements = judged([{0, 1}, {2}])
    reduced = relation.reduce(judgements, 100_000)
    scores = np.zeros((2, 3))
    scores[:, reduced.never_relevant] = 1.0  # All others are ahead.
    rankings = ColumnRanker(judgements, reduced, 10)(scores)
    assert len(rankings["q0"]) == 10
    assert not any(name.startswith("d") for name in rankings["q0"])
    # What computes measures takes each of these names for a document of its own.
    assert measures.parse("R@10").of(judgements, rankings).tolist() == [0, 0]
    scores[:, reduced.never_relevant] = -1.0
    rankings = ColumnRanker(judgements, reduced, 10)(scores)
    assert measures.parse("P@10").of(judgements, rankings).tolist() == [0.2, 0.1]
    assert measures.parse("R@3").of(judgements, rankings).tolist() == [1, 1]


@pytest.mark.parametrize("depth", [3, 100])
def test_measures_are_those_of_all_documents(depth):
    rng = np.random.default_rng(0)
    sets = [set(rng.choice(12, 3).tolist()) for _ in range(20)]
    judgements = judged([*sets, *sets])
    reduced = relation.reduce(judgements)
    scores = rng.standard_normal((reduced.num_rows, reduced.num_columns))
    measure = measures.parse("R@3")
    found = measure.of(judgements, ColumnRanker(judgements, reduced, depth)(scores))
    for i, wanted in enumerate([*sets, *sets]):
        of_query = scores[reduced.row_of_query[i]][reduced.column_of_document]
        names = [int(judgements.document_ids[j][1:]) for j in np.argsort(-of_query)]
        tied = len(set(of_query)) < len(of_query)
        if not tied:
            assert found[i] == pytest.approx(len(wanted & set(names[:3])) / len(wanted))


def test_unjudged_documents_may_be_left_out():
    judgements = Judgements.of_pairs(["a", "a", "b"], ["x", "y", "z"], [1, 0, 1])
    reduced = relation.reduce(judgements, 10)
    scores = np.arange(2.0 * reduced.num_columns).reshape(2, -1)
    rankings = ColumnRanker(judgements, reduced, 10, judged_only=True)(scores)
    assert set(rankings["a"]) == {"x", "y"}
    assert set(rankings["b"]) == {"z"}


def test_grades_inside_a_column_cost_nothing():
    # d0, d1 and d2 are relevant to q0 only, so they are one column; so are d3 and d4.
    judgements = Judgements.of_pairs(
        ["q0", "q0", "q0", "q1", "q1"], ["d0", "d1", "d2", "d3", "d4"], [1, 3, 2, 1, 1]
    )
    reduced = relation.reduce(judgements, 9)
    scores = np.zeros((2, reduced.num_columns))
    for query, document in ((0, 0), (1, 3)):
        column = reduced.column_of_document[document]
        scores[reduced.row_of_query[query], column] = 1e-30
    ranker = ColumnRanker(judgements, reduced, 100)
    measure = measures.parse("nDCG@10")
    assert measure.of(judgements, ranker(scores)).tolist() == [1, 1]
    # A column that ties with others is in no order of its own.
    tied = ranker(np.zeros_like(scores))
    assert len(set(tied["q0"].values())) == 1


def test_documents_of_several_queries_tie_whatever_their_grades():
    judgements = Judgements.of_pairs(
        ["q0", "q0", "q1", "q1"], ["d0", "d1", "d0", "d1"], [1, 2, 2, 1]
    )
    reduced = relation.reduce(judgements, 3)
    ranking = ColumnRanker(judgements, reduced, 100)(np.array([[1.0, 0.0]]))["q0"]
    assert ranking["d0"] == ranking["d1"]


@pytest.mark.parametrize("name", ["R@10", "nDCG@10", "AP@100", "R@100", "RR@10"])
def test_of_deep_pools_no_more_is_ranked_than_is_seen(name, monkeypatch):
    rng = np.random.default_rng(0)
    rows = [(f"q{i}", f"d{j}") for i in range(8) for j in rng.permutation(4000)[:999]]
    grades = (rng.random(len(rows)) < 0.02).astype(float)
    judgements = Judgements.of_pairs(*zip(*rows, strict=True), grades)
    reduced = relation.reduce(judgements, 9000)
    scores = rng.permuted(np.arange(8.0 * reduced.num_columns)).reshape(8, -1)
    scores += np.where(reduced.mask(), scores.max(), 0) * 0.3
    scores[:, reduced.never_relevant] = np.quantile(scores, 0.9)
    measure = measures.parse(name)
    ranker = ColumnRanker(judgements, reduced, measure.depth)
    found = measure.of(judgements, ranker(scores))
    assert max(map(len, ranker(scores).values())) <= 3 * measure.depth
    of_documents = scores[reduced.row_of_query][:, reduced.column_of_document]
    all_documents = {
        query: dict(zip(judgements.document_ids, row, strict=True))
        for query, row in zip(judgements.query_ids, of_documents, strict=True)
    }
    assert found == pytest.approx(measure.of(judgements, all_documents), abs=1e-6)
    assert found.max() > 0

    # Columns that tie with the many are told apart by names, as if all were there.
    tied = np.where(scores >= np.quantile(scores, 0.8), 1.0, 0.0)
    tied[:, reduced.never_relevant] = 1.0
    found = measure.of(judgements, ranker(tied))
    monkeypatch.setattr(ColumnRanker, "_seen", lambda self, documents: documents)
    uncut = ColumnRanker(judgements, reduced, measure.depth)(tied)
    assert max(map(len, uncut.values())) > 3000
    assert found == pytest.approx(measure.of(judgements, uncut), abs=1e-6)


def test_of_a_column_of_many_grades_no_more_is_ranked_than_is_seen():
    names = [f"d{j}" for j in range(2000)]
    judgements = Judgements.of_pairs(["q"] * 2000, names, [1, 2] * 1000)
    reduced = relation.reduce(judgements)
    ranking = ColumnRanker(judgements, reduced, 100)(np.ones((1, 1)))["q"]
    assert len(ranking) <= 400
    assert measures.parse("nDCG@100").of(judgements, {"q": ranking}).tolist() == [1]
