"""Tests of whole answers from Python: their contract, options, going on, stops."""

import dataclasses
import json
import pathlib
import signal
import tomllib

import numpy as np
import pytest

from set_contrastive.advisor import inputs as inputs_lib
from set_contrastive.advisor import pipeline
from set_contrastive.advisor.advice_config import AdviceConfig
from set_contrastive.base.errors import InterruptedRunError
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry

_QUERIES, _DOCUMENTS, _UNJUDGED, _RELEVANT, _DIM = 36, 12, 4, 3, 8
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


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Judgements of grades 1 to 3, vectors of all and of four more documents."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    grades = np.zeros((_QUERIES, _DOCUMENTS), np.int64)
    for row in grades:
        row[rng.choice(_DOCUMENTS, _RELEVANT, replace=False)] = [1, 2, 3]
    documents = rng.standard_normal((_DOCUMENTS + _UNJUDGED, _DIM)).astype(np.float32)
    noise = 2 * rng.standard_normal((_QUERIES, _DIM))
    queries = ((grades > 0) @ documents[:_DOCUMENTS] + noise).astype(np.float32)
    lines = [
        f"q{i} 0 d{j} {grades[i, j]}\n"
        for i, j in zip(*np.nonzero(grades), strict=True)
    ]
    (folder / "qrels.txt").write_text("".join(lines))
    query_ids = [f"q{i}" for i in range(_QUERIES)]
    document_ids = [f"d{j}" for j in range(_DOCUMENTS + _UNJUDGED)]
    np.savez(folder / "queries.npz", ids=query_ids, vectors=queries)
    np.savez(folder / "documents.npz", ids=document_ids, vectors=documents)
    config = AdviceConfig(
        judgements=str(folder / "qrels.txt"),
        query_vectors=str(folder / "queries.npz"),
        document_vectors=str(folder / "documents.npz"),
        measure="R@3",
        dims=(4,),
        seeds=1,
        folds=2,
        parallel=1,  # In this process.
    )
    return config, grades, queries, documents


def _check(rows, name):
    for row in rows:
        for key, kind in _CONTRACT[name].items():
            value = row[key]
            # JSON has one kind of numbers; a gap may be none where nothing is to beat.
            allowed = (int, float) if kind is float else (kind,)
            assert type(value) in allowed or (key == "min_gap" and value is None), key
            assert value == value, f"{name} {key} is NaN"


def _retrieves(output, grades, least=1):
    """Whether witness.npz ranks all relevant documents first, by plain NumPy."""
    with np.load(output / "witness.npz") as witness:
        query_ids, document_ids = witness["query_ids"], witness["document_ids"]
        scores = witness["query_vectors"] @ witness["document_vectors"].T
    assert len(set(query_ids)) == len(query_ids)
    columns = [int(name[1:]) for name in document_ids]
    assert sorted(columns) == list(range(_DOCUMENTS))
    for name, row in zip(query_ids, scores, strict=True):
        inside = grades[int(name[1:]), columns] >= least
        assert row[inside].min() > row[~inside].max()


def _as_is(queries, documents, grades, least=1):
    best = np.argsort(-queries @ documents.T, axis=1)[:, :3]
    padded = np.pad(grades, ((0, 0), (0, _UNJUDGED))) >= least
    found = np.take_along_axis(padded, best, axis=1).sum(axis=1)
    return (found / padded.sum(axis=1)).mean()


@pytest.fixture(scope="module")
def answered(files, tmp_path_factory):
    output = tmp_path_factory.mktemp("answer") / "advice"
    advice = pipeline.advise(files[0], output=str(output))
    return advice, output


def _strict(text):
    raise AssertionError(f"{text} is not JSON")


def test_the_file_keeps_its_contract(files, answered):
    _, grades, queries, documents = files
    advice, output = answered
    text = (output / "advice.json").read_text()
    values = json.loads(text, parse_constant=_strict)
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
    assert full["as_is"] == pytest.approx(_as_is(queries, documents, grades))
    assert full["best_possible"] == 1
    ways = {(r["reduction"], r["dim"]) for r in values["yours"]}
    shorter = {(name, 4) for name in ("prefix", "random", "pca", "learned")}
    assert ways == {("none", 8), ("learned", 8)} | shorter


def test_the_witness_retrieves_everything(files, answered):
    advice, output = answered
    assert advice.exists["recall"] == 1
    assert advice.exists["min_gap"] > 0
    assert advice.exists["lower"] <= advice.exists["upper"]
    _retrieves(output, files[1])


def test_another_tolerance_and_fewer_dims_compute_nothing_again(files, answered):
    _, output = answered
    cells = output / "cells"
    before = {path: path.stat().st_mtime_ns for path in cells.iterdir()}
    changed = pipeline.advise(files[0], output=str(output), tolerance=0.5, dims=(8,))
    assert {path: path.stat().st_mtime_ns for path in cells.iterdir()} == before
    assert changed.tolerance == 0.5
    assert [row["dim"] for row in changed.causes] == [_DIM]


def test_the_same_inputs_compute_nothing_again(files, answered):
    advice, output = answered
    cells = output / "cells"
    before = {path: path.stat().st_mtime_ns for path in cells.iterdir()}
    again = pipeline.advise(files[0], output=str(output))
    assert {path: path.stat().st_mtime_ns for path in cells.iterdir()} == before
    assert again.lines() == advice.lines()
    later = again.to_dict() | {"provenance": advice.provenance}
    assert later == advice.to_dict()


def test_what_is_missing_alone_is_computed(files, answered):
    advice, output = answered
    cells = output / "cells"
    (cells / "reached-infonce-4-0.json").unlink()
    (cells / "cause-none-8.json").unlink()
    before = {path: path.stat().st_mtime_ns for path in cells.glob("*.json")}
    again = pipeline.advise(files[0], output=str(output))
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert again.reached == advice.reached
    assert again.causes == advice.causes


def test_without_vectors_the_judgements_are_answered(files, tmp_path):
    config, grades, _, _ = files
    alone = dataclasses.replace(config, query_vectors=None, document_vectors=None)
    (tmp_path / "advice").mkdir()
    for name in ("causes.csv", "yours.csv", "mine.csv"):  # The last is the user's.
        (tmp_path / "advice" / name).touch()
    advice = pipeline.advise(alone, output=str(tmp_path / "advice"))
    left = {path.name for path in (tmp_path / "advice").glob("*.csv")}
    assert left == {"robust.csv", "reached.csv", "mine.csv"}
    assert advice.yours == advice.causes == []
    assert advice.recommendation is advice.reranker is None
    assert advice.judgements["documents"] == _DOCUMENTS
    assert "give the vectors of an encoder" in advice.next_step
    _retrieves(tmp_path / "advice", grades)
    assert len(advice.lines()) <= 25


def test_grades_below_the_least_are_not_relevant(files, tmp_path):
    config, grades, queries, documents = files
    advice = pipeline.advise(config, output=str(tmp_path / "advice"), min_relevance=2.0)
    assert advice.judgements["pairs"] == 72
    assert advice.judgements["max_relevant"] == 2
    _retrieves(tmp_path / "advice", grades, 2)
    expected = _as_is(queries, documents, grades, 2)
    assert advice.causes[-1]["as_is"] == pytest.approx(expected)


def test_a_reranker_is_compared_with_the_vectors(files, tmp_path):
    config, grades, queries, documents = files
    run = tmp_path / "run.trec"
    run.write_text(  # Finds one of three relevant documents.
        "".join(
            f"q{i} Q0 d{np.argmax(row)} 1 1.0 mine\n" for i, row in enumerate(grades)
        )
    )
    advice = pipeline.advise(config, output=str(tmp_path / "with"), runs=str(run))
    as_is = _as_is(queries, documents, grades)
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
    values = json.loads(text, parse_constant=_strict)
    assert values["exists"]["min_gap"] is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"document_vectors": "gone.npz"}, "document_vectors must name a file that "),
        ({"runs": "gone.trec"}, "runs must name a file that can be read"),
        (
            {"judgements": None, "game": "chess"},
            "unknown game .chess., expected one of ",
        ),
        ({"game": "set_27"}, "judgements and game must not both be given"),
        ({"judgements": None}, "query_vectors needs judgements, got none"),
    ],
)
def test_wrong_input_makes_no_folder(files, tmp_path, changes, message):
    output = tmp_path / "advice"
    with pytest.raises(UserError, match=f"^{message}"):
        pipeline.advise(files[0], output=str(output), **changes)
    assert not output.exists()


def test_other_ids_beside_the_same_vectors_are_other_inputs(files, tmp_path):
    vectors, ids = tmp_path / "documents.npy", tmp_path / "documents.ids"
    np.save(vectors, files[3])
    ids.write_text("".join(f"d{i}\n" for i in range(len(files[3]))))
    config = dataclasses.replace(files[0], document_vectors=str(vectors))
    before = inputs_lib.fingerprint(config)
    assert inputs_lib.fingerprint(config) == before
    ids.write_text("".join(f"d{i}\n" for i in reversed(range(len(files[3])))))
    after = inputs_lib.fingerprint(config)
    assert {name for name in before if before[name] != after[name]} == {
        "document_vectors"
    }
    moved = dataclasses.replace(config, output="elsewhere", engine="ray", parallel=7)
    assert inputs_lib.fingerprint(moved) == after
    # Cells do not follow from these.
    moved = dataclasses.replace(config, dims=(2,), tolerance=0.5, runs="run.trec")
    assert inputs_lib.fingerprint(moved) == after


def test_the_example_is_part_of_an_installed_package():
    package = pathlib.Path(inputs_lib.__file__).parent
    config = tomllib.loads((package.parents[1] / "pyproject.toml").read_text())
    patterns = config["tool"]["setuptools"]["package-data"]["set_contrastive.advisor"]
    shipped = {path for pattern in patterns for path in package.glob(pattern)}
    config = inputs_lib.with_defaults(AdviceConfig())
    for name in ("judgements", "query_vectors", "document_vectors"):
        assert pathlib.Path(getattr(config, name)) in shipped


def test_a_missing_example_is_one_line_that_says_what_to_give(monkeypatch, tmp_path):
    monkeypatch.setattr(inputs_lib, "_EXAMPLE", tmp_path / "gone")
    with pytest.raises(UserError, match=r"^judgements must be given \(--judgements\)"):
        inputs_lib.with_defaults(AdviceConfig())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_an_error_that_says_how_to_go_on(
    files, tmp_path, monkeypatch, number
):
    def stopped(inputs, store):
        del inputs, store
        signal.raise_signal(number)

    monkeypatch.setattr(pipeline, "_answer", stopped)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    output = tmp_path / "advice"
    with pytest.raises(InterruptedRunError) as error:
        pipeline.advise(files[0], output=str(output))
    assert str(error.value) == (
        f"stopped; the same command goes on from what is saved in {output}"
    )
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_workers_elsewhere_find_the_files(files, monkeypatch):
    folder = pathlib.Path(files[0].judgements).parent
    monkeypatch.chdir(folder)
    config = AdviceConfig(judgements="qrels.txt", output="advice", engine="ray")
    sent = pipeline._for_workers(config)
    assert sent.judgements == str(folder / "qrels.txt")
    assert sent.output == str(folder / "advice")
    assert sent.query_vectors is sent.runs is None
