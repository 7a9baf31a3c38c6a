"""Tests of whole answers from Python: their contract, going on, stops."""

import json
import signal

import numpy as np
import pytest

from set_contrastive.advisor import pipeline
from set_contrastive.base.errors import InterruptedRunError
from tests.advisor.graded_files import DIM
from tests.advisor.graded_files import as_is_recall
from tests.advisor.graded_files import assert_retrieves
from tests.advisor.graded_files import refuse_constant

# Every key of the contract, with its type.
_CONTRACT = {
    "judgements": {
        **dict.fromkeys(("queries", "documents", "pairs", "distinct_rows"), int),
        **dict.fromkeys(("distinct_columns", "max_relevant"), int),
        "informative": bool,
        "reason": str,
    },
    "exists": {
        **{"lower": int, "upper": int, "witness": str},
        **{"recall": float, "min_gap": float},
    },
    "robust": {"precision": str, "dim": int, "recall": float, "min_gap": float},
    "reached": {
        **{"objective": str, "dim": int, "seed": int},
        **dict.fromkeys(("value", "ndcg_at_10", "kl_nats"), float),
    },
    "yours": {
        **{"reduction": str, "precision": str, "dim": int, "bytes_per_document": int},
        **dict.fromkeys(("value", "low", "high", "ms_per_query"), float),
    },
    "causes": {
        "dim": int,
        **dict.fromkeys(("as_is", "query_head", "queries_free"), float),
        **dict.fromkeys(("all_free", "best_possible"), float),
    },
    "recommendation": {
        **{"reduction": str, "dim": int, "precision": str, "bytes_per_million": int},
        **dict.fromkeys(("value", "low", "high"), float),
    },
}


def _check(rows, name):
    for row in rows:
        for key, kind in _CONTRACT[name].items():
            value = row[key]
            # JSON has one kind of numbers; a gap may be none where nothing is to beat.
            allowed = (int, float) if kind is float else (kind,)
            assert type(value) in allowed or (key == "min_gap" and value is None), key
            assert value == value, f"{name} {key} is NaN"


@pytest.fixture(scope="module")
def answered(graded_files, tmp_path_factory):
    output = tmp_path_factory.mktemp("answer") / "advice"
    advice = pipeline.advise(graded_files[0], output=str(output))
    return advice, output


def test_the_file_keeps_its_contract(graded_files, answered):
    _, grades, queries, documents = graded_files
    advice, output = answered
    text = (output / "advice.json").read_text()
    values = json.loads(text, parse_constant=refuse_constant)
    assert values == json.loads(json.dumps(advice.to_dict()))
    for name in _CONTRACT:
        rows = values[name] if isinstance(values[name], list) else [values[name]]
        assert rows
        _check(rows, name)
    assert values["measure"] == "R@3"
    assert values["verdict"] in {
        *("geometry", "document encoder", "query encoder", "none"),
        "judgements cannot tell",
    }
    assert values["provenance"]["versions"]
    judged = values["judgements"]
    assert (judged["queries"], judged["pairs"]) == (36, 108)
    assert (judged["documents"], judged["max_relevant"]) == (16, 3)
    assert judged["distinct_rows"] == len(np.unique(grades > 0, axis=0))
    assert {row["precision"] for row in values["robust"]} == {
        *("float32", "float16", "bfloat16", "int8", "binary"),
    }
    assert {(row["objective"], row["dim"]) for row in values["reached"]} == {
        (name, dim) for name in ("softmax", "sigmoid", "infonce") for dim in (4, 8)
    }
    # 13 columns, one of which stands for four documents that nobody judged.
    assert max(r["value"] for r in values["reached"] if r["dim"] == 8) > 0.95
    full = values["causes"][-1]
    assert full["as_is"] == pytest.approx(as_is_recall(queries, documents, grades))
    assert full["best_possible"] == 1
    ways = {(r["reduction"], r["dim"]) for r in values["yours"]}
    shorter = {(name, 4) for name in ("prefix", "random", "pca", "learned")}
    assert ways == {("none", 8), ("learned", 8)} | shorter


def test_the_witness_retrieves_everything(graded_files, answered):
    advice, output = answered
    assert advice.exists["recall"] == 1
    assert advice.exists["min_gap"] > 0
    assert advice.exists["lower"] <= advice.exists["upper"]
    assert_retrieves(output, graded_files[1])


def test_another_tolerance_and_fewer_dims_compute_nothing_again(graded_files, answered):
    _, output = answered
    cells = output / "cells"
    before = {path: path.stat().st_mtime_ns for path in cells.iterdir()}
    changed = pipeline.advise(
        graded_files[0], output=str(output), tolerance=0.5, dims=(8,)
    )
    assert {path: path.stat().st_mtime_ns for path in cells.iterdir()} == before
    assert changed.tolerance == 0.5
    assert [row["dim"] for row in changed.causes] == [DIM]


def test_the_same_inputs_compute_nothing_again(graded_files, answered):
    advice, output = answered
    cells = output / "cells"
    before = {path: path.stat().st_mtime_ns for path in cells.iterdir()}
    again = pipeline.advise(graded_files[0], output=str(output))
    assert {path: path.stat().st_mtime_ns for path in cells.iterdir()} == before
    assert again.lines() == advice.lines()
    later = again.to_dict() | {"provenance": advice.provenance}
    assert later == advice.to_dict()


def test_what_is_missing_alone_is_computed(graded_files, answered):
    advice, output = answered
    cells = output / "cells"
    (cells / "reached-infonce-4-0.json").unlink()
    (cells / "cause-none-8.json").unlink()
    before = {path: path.stat().st_mtime_ns for path in cells.glob("*.json")}
    again = pipeline.advise(graded_files[0], output=str(output))
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert again.reached == advice.reached
    assert again.causes == advice.causes


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_an_error_that_says_how_to_go_on(
    graded_files, tmp_path, monkeypatch, number
):
    def stopped(inputs, store):
        del inputs, store
        signal.raise_signal(number)

    monkeypatch.setattr(pipeline, "_answer", stopped)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    output = tmp_path / "advice"
    with pytest.raises(InterruptedRunError) as error:
        pipeline.advise(graded_files[0], output=str(output))
    assert str(error.value) == (
        f"stopped; the same command goes on from what is saved in {output}"
    )
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
