"""Tests of free vectors of which a document has several: loops, witnesses, answers."""

import csv
import dataclasses
import itertools
import json

import numpy as np
import pytest

from set_contrastive.advisor import cells
from set_contrastive.advisor import estimates
from set_contrastive.advisor import inputs as inputs_lib
from set_contrastive.advisor import pipeline
from set_contrastive.advisor import processes
from set_contrastive.advisor import reached
from set_contrastive.advisor import several
from set_contrastive.advisor.advice import Advice
from set_contrastive.advisor.advice_config import AdviceConfig
from set_contrastive.advisor.cells import Cell
from set_contrastive.base.errors import UserError
from set_contrastive.free_vectors import max_sim


def _mask(seed=0, rows=14, columns=7, size=2):
    rng = np.random.default_rng(seed)
    mask = np.argsort(rng.random((rows, columns)), axis=1) < size
    return np.unique(mask, axis=0)


def _scores_by_loops(rows, columns):
    scores = []
    for query in rows.tolist():
        of_query = []
        for vectors in columns.tolist():
            products = [
                sum(a * b for a, b in zip(query, vector, strict=True))
                for vector in vectors
            ]
            of_query.append(max(products))
        scores.append(of_query)
    return scores


def _retrieved_by_loops(scores, mask):
    """Whether each query's relevant documents are all above all others."""
    found = []
    for row, inside in zip(scores, mask.tolist(), strict=True):
        worst = min(s for s, is_in in zip(row, inside, strict=True) if is_in)
        best = max(s for s, is_in in zip(row, inside, strict=True) if not is_in)
        found.append(worst > best)
    return found


def _inputs(folder, mask, **options):
    lines = [f"q{i} 0 d{j} 1\n" for i, j in zip(*np.nonzero(mask), strict=True)]
    (folder / "qrels.txt").write_text("".join(lines))
    return AdviceConfig(
        judgements=str(folder / "qrels.txt"),
        measure="R@2",
        seeds=1,
        folds=2,
        parallel=1,
        output=str(folder / "advice"),
        **options,
    )


def test_scores_are_those_of_loops():
    rng = np.random.default_rng(0)
    rows, columns = rng.standard_normal((5, 3)), rng.standard_normal((4, 2, 3))
    found = several.Vectors(rows, columns).scores()
    assert found == pytest.approx(np.array(_scores_by_loops(rows, columns)))


def test_the_witness_of_two_dimensions_has_the_measure_of_all(tmp_path):
    mask = _mask()
    part = inputs_lib.load(_inputs(tmp_path, mask)).trained
    assert len(part.mask) == len(mask)
    witness = several.Vectors(*max_sim.witness(part.mask))
    assert witness.rows.shape[1] == 2
    value, ndcg = part.measure(witness.scores())
    assert value.tolist() == ndcg.tolist() == [1.0] * len(mask)


def test_two_vectors_of_one_dimension_reach_what_one_cannot():
    # One dimension has an order and its reverse, and no document is in the first half
    # of both; the largest and the least of two numbers have an order each.
    mask = np.array([[1, 1, 0, 0], [1, 0, 1, 0]], bool)
    weights = np.ones(2)
    for objective, seed in itertools.product(reached.OBJECTIVES, range(3)):
        witness = reached.train(mask, weights, objective, 1, seed)
        assert reached.summary(witness, mask, weights)["retrieved"] < 1
    found = [several.train(mask, weights, 2, 1, seed) for seed in range(4)]
    assert any(
        all(_retrieved_by_loops(_scores_by_loops(f.rows, f.columns), mask))
        for f in found
    )


def test_two_vectors_of_two_dimensions_reach_what_one_cannot():
    # Of four points in a plane one lies among the other three, or the line between two
    # meets that between the others (Radon 1921): so one or two cannot be cut off.
    subsets = [s for size in (1, 2) for s in itertools.combinations(range(4), size)]
    mask = np.array([[j in subset for j in range(4)] for subset in subsets])
    weights = np.ones(len(mask))
    for objective in reached.OBJECTIVES:
        witness = reached.train(mask, weights, objective, 2, 0)
        assert reached.summary(witness, mask, weights)["retrieved"] < 1
    found = [several.train(mask, weights, 2, 2, seed) for seed in range(4)]
    assert any(
        all(_retrieved_by_loops(_scores_by_loops(f.rows, f.columns), mask))
        for f in found
    )


def test_a_cell_has_the_values_of_loops(tmp_path):
    mask = _mask(rows=10)
    config = _inputs(tmp_path, mask, vectors_per_document=(2,))
    cell = Cell("several", (2, 2, 1))
    store = cells.store_of(config)
    store.open(inputs_lib.fingerprint(config))
    cells.run(cells.Task(config, cell))
    found = store.get(cell.name)
    part = inputs_lib.load(config).trained
    vectors = several.train(part.mask, part.reduced.weights, 2, 2, 1)
    hits, kls = [], []
    scores = _scores_by_loops(vectors.rows, vectors.columns)
    for row, inside in zip(scores, part.mask.tolist(), strict=True):
        ranked = sorted(range(len(row)), key=lambda place: -row[place])
        hits.append(sum(inside[place] for place in ranked[:2]) / 2)
        total = np.log(np.exp(np.array(row)).sum())
        of = [s - total for s, is_in in zip(row, inside, strict=True) if is_in]
        kls.append(-np.log(2) - sum(of) / 2)
    assert found["value"] == pytest.approx(sum(hits) / len(hits))
    # That of the best temperature is no more than that of the trained one.
    assert 0 <= found["kl_nats"] <= sum(kls) / len(kls) + 1e-6
    names = {"objective": "max_sim", "dim": 2, "seed": 1, "vectors_per_document": 2}
    assert {name: found[name] for name in names} == names


def test_a_mean_kl_below_the_least_of_a_miss_retrieves_all():
    rng = np.random.default_rng(0)
    mask = _mask()
    shares = rng.dirichlet(np.ones(len(mask)))
    least = several.retrieves_all_below(mask, shares)
    below = 0
    for noise in np.geomspace(0.005, 8, 200):
        scores = 12 * mask + noise * rng.standard_normal(mask.shape)
        kl = 0.0
        for row, inside, share in zip(scores, mask, shares, strict=True):
            chosen = row[inside] - np.log(np.exp(row).sum())
            kl += share * (-np.log(inside.sum()) - chosen.mean())
        if not all(_retrieved_by_loops(scores.tolist(), mask)):
            assert kl >= least
        below += kl < least
    assert 0 < below < 200
    # A tie of a relevant document with another has just that KL.
    one = np.array([[True, False]])
    assert several.retrieves_all_below(one, np.ones(1)) == pytest.approx(np.log(2))


def test_rows_of_all_columns_need_no_training():
    found = several.train(np.ones((3, 4), bool), np.ones(3), 2, 2, 0)
    assert found.scores().tolist() == [[0.0] * 4] * 3
    mask = np.array([[1, 1, 1], [1, 0, 0]], bool)
    found = several.train(mask, np.ones(2), 2, 2, 0)
    assert found.scores()[0].tolist() == [0.0] * 3
    assert _retrieved_by_loops(found.scores()[1:].tolist(), mask[1:]) == [True]


def test_more_vectors_take_fewer_steps_but_some():
    assert several.steps(100, 2) == several.steps(100, 4) == 1000
    assert several.steps(200_000, 4) < several.steps(200_000, 2) < 1000
    assert several.steps(4_000_000, 8) == 200


def test_an_earlier_answer_goes_on_and_keeps_all_its_numbers(tmp_path):
    config = _inputs(tmp_path, _mask(), dims=(2,))
    before = pipeline.advise(config)
    output = tmp_path / "advice"
    stored = json.loads((output / "cells/inputs.json").read_text())
    assert "vectors_per_document" not in stored  # As earlier versions wrote it.
    kept = {path: path.stat().st_mtime_ns for path in (output / "cells").iterdir()}

    advice = pipeline.advise(config, vectors_per_document=(2, 1))
    for path, changed in kept.items():
        assert path.stat().st_mtime_ns == changed
    new = {path.stem for path in (output / "cells").iterdir()} - {p.stem for p in kept}
    assert new == {"several-1-2-0", "several-2-2-0"}
    count = len(before.reached)
    assert advice.reached[:count] == before.reached
    assert {row["vectors_per_document"] for row in before.reached} == {1}
    added = advice.reached[count:]
    assert [row["vectors_per_document"] for row in added] == [2, 1]
    assert {row["dim"] for row in added} == {2}
    assert {row["objective"] for row in added} == {"max_sim"}
    same = advice.to_dict() | {"reached": None, "provenance": None}
    assert same == before.to_dict() | {"reached": None, "provenance": None}
    with (output / "reached.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["vectors_per_document"] for row in rows[count:]] == list("21")
    assert float(rows[-1]["value"]) == added[-1]["value"]

    # Without them nothing is left of them.
    again = pipeline.advise(config)
    assert again.reached == before.reached
    assert again.lines() == before.lines()


def _answer(rows):
    empty = dict.fromkeys(("yours", "causes", "robust"), [])
    judged = dict.fromkeys(("queries", "documents", "pairs"), 9)
    judged |= {"distinct_rows": 9, "distinct_columns": 9, "informative": True}
    names = ("objective", "dim", "value", "vectors_per_document")
    return Advice(
        judgements=judged,
        exists={"lower": 2, "upper": 2},
        reached=[dict(zip(names, row, strict=True)) for row in rows],
        verdict="none",
        recommendation=None,
        reranker=None,
        next_step="rest",
        measure="R@2",
        tolerance=0.1,
        provenance={},
        **empty,
    )


def test_a_line_compares_at_equal_floats():
    one = [("softmax", 2, 0.25, 1), ("sigmoid", 2, 0.5, 1), ("softmax", 4, 0.75, 1)]
    rows = [
        *[("max_sim", 1, 0.375, 2), ("max_sim", 2, 0.625, 2), ("max_sim", 1, 0.5, 4)],
        *[("max_sim", 2, 1.0, 4), ("max_sim", 4, 0.875, 2), ("max_sim", 8, 1.0, 2)],
    ]
    words = " ".join(" ".join(_answer(one + rows).lines()).split())
    assert "R@2 that training free vectors reaches, by d: 2: 0.500, from 4 on" in words
    _, _, line = words.partition("R@2 that several free vectors of a document reach, ")
    assert line.startswith(
        "by floats a document (one vector of as many): 2: 0.375 (0.500), 4: 0.625 "
        "(0.750), from 8 on 1.000 Verdict"
    )
    assert "several" not in " ".join(_answer(one).lines())


def test_lines_stay_few_whatever_is_asked_for():
    dims = [2**power for power in range(10)]
    rows = [("softmax", dim, dim / 1000, 1) for dim in dims]
    more = [("max_sim", d, d * m / 1001, m) for m in range(2, 9) for d in dims]
    assert len(_answer(rows + more).lines()) <= len(_answer(rows).lines()) + 4


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((2, 0), "vectors_per_document must be at least 1, got 0"),
        ((-1,), "vectors_per_document must be at least 1, got -1"),
        ((2, 4, 2), "vectors_per_document must not repeat a number, got 2 twice"),
    ],
)
def test_wrong_numbers_are_told(numbers, said):
    with pytest.raises(UserError, match=f"^{said}$"):
        AdviceConfig(vectors_per_document=numbers)


def test_a_training_of_more_vectors_takes_longer(tmp_path):
    loaded = inputs_lib.load(_inputs(tmp_path, _mask(), vectors_per_document=(2, 4)))
    times = [
        estimates.minutes(loaded, Cell("several", (number, 4, 0))) for number in (2, 4)
    ]
    assert 0 < times[0] < times[1]


def test_as_many_processes_as_have_room_for_the_products(tmp_path, monkeypatch):
    monkeypatch.setattr(processes.os, "sched_getaffinity", lambda process: {0, 1, 2, 3})
    config = _inputs(tmp_path, _mask())
    assert processes.parallel(inputs_lib.load(config)) == 1  # What is asked for.
    config = dataclasses.replace(config, parallel=None)
    assert processes.parallel(inputs_lib.load(config)) is None  # One for each core.
    config = dataclasses.replace(config, vectors_per_document=(8, 2))
    loaded = inputs_lib.load(config)
    assert processes.parallel(loaded) == 4
    # Products of four million entries: [R, C, 8] of float32 are 128 MB.
    most = several.memory(4_000_000, 8)
    assert most == 5 * 128_000_000
    monkeypatch.setattr(several, "memory", lambda size, number: 4 * most)
    assert processes.parallel(loaded) == 1
