"""Runs `advise` as a user does: answers, stops, wrong input."""

import json
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from set_contrastive.advisor import advise
from set_contrastive.base.errors import UserError
from tests.engines import ray_node

ROOT = pathlib.Path(__file__).parents[2]
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


@pytest.fixture
def small(tmp_path):
    """Files of 40 queries with two of 12 documents each, and their flags."""
    rng = np.random.default_rng(0)
    relevant = np.argsort(rng.random((40, 12)), axis=1)[:, :2]
    lines = [f"q{i} 0 d{j} 1\n" for i, found in enumerate(relevant) for j in found]
    (tmp_path / "qrels.txt").write_text("".join(lines))
    documents = rng.standard_normal((12, 8)).astype(np.float32)
    queries = documents[relevant].sum(axis=1)
    _save(tmp_path / "queries.npz", [f"q{i}" for i in range(40)], queries)
    _save(tmp_path / "documents.npz", [f"d{i}" for i in range(12)], documents)
    return {
        "judgements": str(tmp_path / "qrels.txt"),
        "query_vectors": str(tmp_path / "queries.npz"),
        "document_vectors": str(tmp_path / "documents.npz"),
        "measure": "R@2",
        "dims": "2,4",
        "seeds": "1",
        "folds": "2",
        "output": str(tmp_path / "advice"),
    }


def _save(path, ids, vectors):
    np.savez(path, ids=np.array(ids), vectors=vectors)


def _flags(options):
    return [f"--{name}={value}" for name, value in options.items()]


def _start(options):
    return subprocess.Popen(
        [sys.executable, "-m", "set_contrastive.advise", *_flags(options)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(options):
    with _start(options) as process:
        _, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors


def _read(output):
    return json.loads((pathlib.Path(output) / "advice.json").read_text())


def _comparable(advice):
    """Leaves out what differs from run to run."""
    yours = [
        {k: v for k, v in r.items() if k != "ms_per_query"} for r in advice["yours"]
    ]
    return advice | {"provenance": None, "yours": yours}


def test_the_answer_has_what_was_promised(small, run_quickly):
    code, printed, errors = run_quickly("set_contrastive.advise", *_flags(small))
    assert code == 0, errors
    output = pathlib.Path(small["output"])
    advice = _read(output)
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


def test_killed_and_started_again_it_ends_with_the_same(small, tmp_path):
    other = small | {"output": str(tmp_path / "undisturbed")}
    _finish(other)
    cells = pathlib.Path(small["output"]) / "cells"
    with _start(small) as process:
        _wait_for(lambda: len(list(cells.glob("reached*.json"))) >= 3)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    kept = {path: path.stat().st_mtime_ns for path in cells.glob("*.json")}
    assert not (pathlib.Path(small["output"]) / "advice.json").exists()
    _finish(small)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert _comparable(_read(small["output"])) == _comparable(_read(other["output"]))


def test_a_signal_ends_it_with_one_line_and_no_process_stays(small):
    cells = pathlib.Path(small["output"]) / "cells"
    with _start(small) as process:
        _wait_for(lambda: list(cells.glob("reached*.json")))
        below = _below(process.pid)
        assert below
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (
        errors.strip()
        .splitlines()[-1]
        .endswith(
            f"stopped; the same command goes on from what is saved in {small['output']}"
        )
    )
    assert "Traceback" not in errors
    _wait_for(lambda: not any(pathlib.Path(f"/proc/{p}").exists() for p in below))


def _below(process):
    """Returns the processes below one, of all generations."""
    parents = {}
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:  # It has ended meanwhile.
            continue
        parents[int(status.parent.name)] = int(fields[1])
    found = {process}
    while new := {p for p, above in parents.items() if above in found} - found:
        found |= new
    return found - {process}


def _wait_for(condition):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("what the test waits for did not happen")


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
        _finish(small | {"engine": "ray", "ray_address": address})
    _finish(small | {"output": str(tmp_path / "here")})
    there, here = _read(small["output"]), _read(tmp_path / "here")
    for one, other in zip(there["causes"], here["causes"], strict=True):
        assert one["as_is"] == pytest.approx(other["as_is"])
        assert one["all_free"] == pytest.approx(other["all_free"])
    assert there["recommendation"] == pytest.approx(here["recommendation"])
    assert there["verdict"] == here["verdict"]


def test_output_of_other_inputs_is_refused(small, run_quickly):
    options = small | {"folds": "3"}
    assert run_quickly("set_contrastive.advise", *_flags(options))[0] == 0
    code, _, errors = run_quickly("set_contrastive.advise", *_flags(small))
    assert code == 1
    assert "holds advice on other inputs (folds); name another folder" in errors


def _ids(path, change):
    with np.load(path) as stored:
        ids, vectors = stored["ids"], stored["vectors"].copy()
    _save(path, *change(ids, vectors))


def _with_first(vectors, value):
    vectors[0] = value
    return vectors


@pytest.mark.parametrize(
    ("changed", "change", "said"),
    [
        ("document_vectors", lambda i, v: (i[1:], v[1:]), ["1", "d0", "document_vec"]),
        ("query_vectors", lambda i, v: (i[3:], v[3:]), ["3", "q0", "q1", "q2"]),
        ("query_vectors", lambda i, v: ([*i[:-1], "q0"], v), ["q0", "query_vectors"]),
        ("query_vectors", lambda i, v: (i, v[:, 1:]), ["7", "8", "dimension"]),
        ("query_vectors", lambda i, v: (i, _with_first(v, np.nan)), ["q0", "1"]),
        ("document_vectors", lambda i, v: (i, _with_first(v, 0)), ["d0", "zero"]),
    ],
)
def test_wrong_vectors_are_told(small, changed, change, said):
    _ids(small[changed], change)
    options = small | {"dims": (2,), "seeds": 1, "folds": 2}
    with pytest.raises(UserError) as error:
        advise(**options)
    for words in said:
        assert words in str(error.value)
    assert not pathlib.Path(small["output"]).exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"measure": "bogus"}, "measure must be one of ir-measures"),
        (
            {"dims": "2,9"},
            "dims must be at most 8, the dimension of the vectors, got 9",
        ),
        ({"folds": "41"}, "folds"),
        ({"query_vectors": ""}, "query_vectors"),
        ({"judgements": "missing.txt"}, "missing.txt"),
        ({"min_relevance": "3"}, "none of 80 has a grade of at least min_relevance=3"),
        ({"tolerance": "2"}, "tolerance must be 0 to 1, got 2"),
        ({"seeds": "0"}, "seeds must be at least 1, got 0"),
    ],
)
def test_wrong_options_are_one_line(small, run_quickly, changes, said):
    options = small | changes
    code, _, errors = run_quickly("set_contrastive.advise", *_flags(options))
    assert code == 1
    assert said in errors
    assert len(errors.strip().splitlines()) == 1
    assert not pathlib.Path(small["output"]).exists()


def test_a_line_of_a_wrong_form_is_named(small, run_quickly):
    qrels = pathlib.Path(small["judgements"])
    lines = qrels.read_text().splitlines()
    lines[4] = "q1 0 d1 much"
    qrels.write_text("\n".join(lines))
    code, _, errors = run_quickly("set_contrastive.advise", *_flags(small))
    assert code == 1
    assert f"{qrels}:5" in errors
    assert not pathlib.Path(small["output"]).exists()
