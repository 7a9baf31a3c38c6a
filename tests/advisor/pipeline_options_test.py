"""Tests of answers to less and to more: without vectors, rankings, a game."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from set_contrastive.advisor import pipeline
from set_contrastive.games import registry
from tests.advisor.graded_files import DOCUMENTS
from tests.advisor.graded_files import as_is_recall
from tests.advisor.graded_files import assert_retrieves
from tests.advisor.graded_files import refuse_constant
from tests.advisor.relations import config_of
from tests.advisor.relations import drawn_mask


def test_without_vectors_the_judgements_are_answered(graded_files, tmp_path):
    config, grades, _, _ = graded_files
    alone = dataclasses.replace(config, query_vectors=None, document_vectors=None)
    (tmp_path / "advice").mkdir()
    for name in ("causes.csv", "yours.csv", "mine.csv"):  # The last is the user's.
        (tmp_path / "advice" / name).touch()
    advice = pipeline.advise(alone, output=str(tmp_path / "advice"))
    left = {path.name for path in (tmp_path / "advice").glob("*.csv")}
    assert left == {"robust.csv", "reached.csv", "mine.csv"}
    assert advice.yours == advice.causes == []
    assert advice.recommendation is advice.reranker is None
    assert advice.judgements["documents"] == DOCUMENTS
    assert "give the vectors of an encoder" in advice.next_step
    assert_retrieves(tmp_path / "advice", grades)
    assert len(advice.lines()) <= 25


def test_queries_without_a_relevant_document_are_counted(tmp_path):
    config = config_of(tmp_path, drawn_mask(), dims=(2,))
    with open(config.judgements, "a") as file:
        file.write("none 0 d0 0\nnone 0 d1 0\nneither 0 d0 0\n")
    judged = pipeline.advise(config).judgements
    assert judged["queries"] == len(drawn_mask())
    assert judged["queries_left_out"] == 2


def test_grades_below_the_least_are_not_relevant(graded_files, tmp_path):
    config, grades, queries, documents = graded_files
    advice = pipeline.advise(config, output=str(tmp_path / "advice"), min_relevance=2.0)
    assert advice.judgements["pairs"] == 72
    assert advice.judgements["max_relevant"] == 2
    assert_retrieves(tmp_path / "advice", grades, 2)
    expected = as_is_recall(queries, documents, grades, 2)
    assert advice.causes[-1]["as_is"] == pytest.approx(expected)


def test_a_reranker_is_compared_with_the_vectors(graded_files, tmp_path):
    config, grades, queries, documents = graded_files
    run = tmp_path / "run.trec"
    run.write_text(  # Finds one of three relevant documents.
        "".join(
            f"q{i} Q0 d{np.argmax(row)} 1 1.0 mine\n" for i, row in enumerate(grades)
        )
    )
    advice = pipeline.advise(config, output=str(tmp_path / "with"), runs=str(run))
    as_is = as_is_recall(queries, documents, grades)
    assert advice.reranker["value"] == pytest.approx(1 / 3)
    assert advice.reranker["gain"] == pytest.approx(1 / 3 - as_is)
    assert advice.reranker["low"] <= advice.reranker["gain"] <= advice.reranker["high"]
    assert advice.reranker["difference"] in ("worse", "no difference shown")
    assert "the ranking of --runs is" in advice.next_step

    alone = dataclasses.replace(config, query_vectors=None, document_vectors=None)
    advice = pipeline.advise(alone, output=str(tmp_path / "without"), runs=str(run))
    assert advice.reranker["value"] == pytest.approx(1 / 3)
    assert advice.reranker["gain"] is None
    assert "--runs" not in advice.next_step


def _own_ranking(queries, documents):
    """The run of the vectors themselves."""
    scores = queries @ documents.T
    return [
        f"q{i} Q0 d{j} 1 {score} own\n"
        for i, row in enumerate(scores)
        for j, score in enumerate(row)
    ]


@pytest.mark.parametrize("unjudged", ["negative", "ignored"])
def test_the_ranking_of_the_vectors_is_no_other(graded_files, tmp_path, unjudged):
    config, _, queries, documents = graded_files
    run = tmp_path / "run.trec"
    run.write_text("".join(_own_ranking(queries, documents)))
    output = str(tmp_path / "advice")
    options = {"unjudged": unjudged, "dims": (8,), "measure": "nDCG@10"}
    advice = pipeline.advise(config, output=output, runs=str(run), **options)
    assert advice.reranker["gain"] == pytest.approx(0, abs=1e-9)
    assert advice.reranker["difference"] == "no difference shown"
    assert "of 36 queries" not in advice.next_step

    run.write_text("".join(_own_ranking(queries[:30], documents)))
    advice = pipeline.advise(config, output=output, runs=str(run), **options)
    assert advice.reranker["gain"] < 0
    assert (advice.reranker["queries_ranked"], advice.reranker["queries"]) == (30, 36)
    said = "though it ranks 30 of 36 queries; others count as 0"
    assert said in advice.next_step
    assert said in " ".join(" ".join(advice.lines()).split())


def test_a_game_is_judged_by_its_rules(tmp_path):
    advice = pipeline.advise(
        game="wildcard_27",
        dims=(2, 16),
        seeds=1,
        parallel=1,
        output=str(tmp_path / "advice"),
    )
    with np.load(tmp_path / "advice" / "witness.npz") as witness:
        query_ids, document_ids = witness["query_ids"], witness["document_ids"]
        scores = witness["query_vectors"] @ witness["document_vectors"].T
    game = registry.get("wildcard_27")
    columns = [game.keys.index(name) for name in document_ids]
    for name, row in zip(query_ids, scores, strict=True):
        relevant = game.answer(game.parse(name)[None])[0, columns]
        outside = row[~relevant].max(initial=-np.inf)
        assert row[relevant].min() > outside
    assert advice.judgements["queries"] == len(set(query_ids)) == 4096
    assert advice.judgements["informative"]
    assert advice.measure == "R@10"


def test_files_that_were_rewritten_are_read_again(tmp_path):
    config = config_of(tmp_path, drawn_mask(), dims=(2,))
    assert pipeline.advise(config).judgements["queries"] == len(drawn_mask())
    shutil.rmtree(config.output)
    config_of(tmp_path, drawn_mask()[:5])
    assert pipeline.advise(config).judgements["queries"] == 5


def test_one_document_has_no_gap_and_no_infinity(tmp_path):
    (tmp_path / "qrels.txt").write_text("q0 0 d0 1\nq1 0 d0 1\n")
    advice = pipeline.advise(
        judgements=str(tmp_path / "qrels.txt"),
        dims=(2,),
        seeds=1,
        folds=2,
        parallel=1,
        output=str(tmp_path / "advice"),
    )
    assert advice.verdict == "judgements cannot tell"
    text = (tmp_path / "advice" / "advice.json").read_text()
    values = json.loads(text, parse_constant=refuse_constant)
    assert values["exists"]["min_gap"] is None
