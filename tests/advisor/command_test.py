"""Runs `advise` as a user does: what it answers, here and on Ray."""

import pathlib

import numpy as np
import pytest

from set_contrastive.advisor import advise
from set_contrastive.base.errors import UserError
from tests.advisor.small_advice import finish
from tests.advisor.small_advice import flags
from tests.advisor.small_advice import read
from tests.engines import ray_node

_KEYS = {
    "judgements": {
        *("queries", "documents", "pairs", "distinct_rows", "distinct_columns"),
        *("max_relevant", "informative", "reason"),
    },
    "exists": {"lower", "upper", "witness", "recall", "min_gap"},
    "robust": {"precision", "dim", "recall", "min_gap"},
    "reached": {"objective", "dim", "seed", "value", "ndcg_at_10", "kl_nats"},
    "yours": {
        *("reduction", "precision", "dim", "value", "low", "high"),
        *("bytes_per_document", "ms_per_query"),
    },
    "causes": {
        *("dim", "as_is", "query_head", "queries_free", "all_free", "best_possible"),
    },
    "recommendation": {
        *("reduction", "dim", "precision", "bytes_per_million"),
        *("value", "low", "high"),
    },
}


def test_the_answer_has_what_was_promised(small, run_quickly):
    code, printed, errors = run_quickly("set_contrastive.advise", *flags(small))
    assert code == 0, errors
    output = pathlib.Path(small["output"])
    advice = read(output)
    for name, keys in _KEYS.items():
        found = advice[name] if isinstance(advice[name], list) else [advice[name]]
        assert found
        for row in found:
            assert keys <= set(row), name
    assert advice["measure"] == "R@2"
    assert {row["dim"] for row in advice["causes"]} == {2, 4, 8}
    assert {row["reduction"] for row in advice["yours"]} == {
        *("none", "prefix", "random", "pca", "learned"),
    }
    assert advice["judgements"]["queries"] == 40
    assert advice["judgements"]["pairs"] == 80
    assert len(printed.splitlines()) <= 26  # The last one says where the page is.
    assert "<html" in (output / "index.html").read_text()
    for name in ("robust", "reached", "yours", "causes"):
        assert len((output / f"{name}.csv").read_text().splitlines()) > 1

    # What it measures as it is, by plain NumPy.
    queries = np.load(small["query_vectors"])["vectors"]
    documents = np.load(small["document_vectors"])["vectors"]
    relevant = [set() for _ in queries]
    for line in pathlib.Path(small["judgements"]).read_text().splitlines():
        query, _, document, _ = line.split()
        relevant[int(query[1:])].add(int(document[1:]))
    best = np.argsort(-queries @ documents.T, axis=1)[:, :2]
    hits = [len(set(b) & r) / 2 for b, r in zip(best, relevant, strict=True)]
    full = advice["causes"][-1]
    assert full["dim"] == 8
    assert full["as_is"] == pytest.approx(np.mean(hits), abs=1e-6)
    assert full["as_is"] <= full["queries_free"] <= full["all_free"] <= 1

    # The witness ranks all relevant documents first.
    witness = np.load(output / "witness.npz")
    assert witness["query_vectors"].shape[1] == advice["exists"]["upper"]
    scores = witness["query_vectors"] @ witness["document_vectors"].T
    columns = {name: j for j, name in enumerate(witness["document_ids"])}
    for query, row in zip(witness["query_ids"], scores, strict=True):
        inside = [columns[f"d{j}"] for j in relevant[int(query[1:])]]
        assert row[inside].min() > np.delete(row, inside).max()


def test_judgements_alone_a_game_and_a_ranking(tmp_path):
    game = advise(game="set_27", dims=(2, 3), seeds=1, output=str(tmp_path / "game"))
    assert game.verdict == "judgements cannot tell"
    assert game.exists["upper"] == 2
    assert game.yours == game.causes == []
    assert game.recommendation is None
    assert "2 dimensions" in " ".join(game.lines())

    (tmp_path / "run.trec").write_text("q0 Q0 d0 1 3.5 mine\nq1 Q0 d9 1 3 mine\n")
    (tmp_path / "qrels.txt").write_text("q0 0 d0 1\nq0 0 d1 1\nq1 0 d1 1\nq1 0 d2 2\n")
    plain = {"dims": (2,), "seeds": 1, "folds": 2}
    found = advise(
        judgements=str(tmp_path / "qrels.txt"),
        runs=str(tmp_path / "run.trec"),
        output=str(tmp_path / "runs"),
        **plain,
    )
    assert found.reranker["value"] == 0.25
    with pytest.raises(UserError, match="folds"):  # One query has a grade of 2.
        advise(
            judgements=str(tmp_path / "qrels.txt"),
            min_relevance=2.0,
            output=str(tmp_path / "graded"),
            **plain,
        )


def test_what_was_not_judged_may_be_ignored(small, tmp_path):
    qrels = pathlib.Path(small["judgements"])
    judged = qrels.read_text()
    other = next(j for j in range(12) if f"q0 0 d{j} 1" not in judged)
    qrels.write_text(f"{judged}q0 0 d{other} 0\n")
    options = {k: v for k, v in small.items() if k not in ("dims", "seeds", "folds")}
    found = advise(
        **options | {"output": str(tmp_path / "ignored")},
        dims=(2,),
        seeds=1,
        folds=2,
        parallel=1,
        unjudged="ignored",
    )
    # Most queries have no judged document that is not relevant: nothing is above.
    assert found.causes[-1]["as_is"] > 0.98
    assert found.exists["lower"] == 1


def test_ray_gives_the_same(small, tmp_path):
    with ray_node.started() as address:
        finish(small | {"engine": "ray", "ray_address": address})
    finish(small | {"output": str(tmp_path / "here")})
    there, here = read(small["output"]), read(tmp_path / "here")
    for one, other in zip(there["causes"], here["causes"], strict=True):
        assert one["as_is"] == pytest.approx(other["as_is"])
        assert one["all_free"] == pytest.approx(other["all_free"])
    assert there["recommendation"] == pytest.approx(here["recommendation"])
    assert there["verdict"] == here["verdict"]
