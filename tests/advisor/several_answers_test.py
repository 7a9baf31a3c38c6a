"""Tests of answers on several vectors of a document: numbers, lines, processes."""

import csv
import dataclasses
import json

import pytest

from set_contrastive.advisor import estimates
from set_contrastive.advisor import inputs as inputs_lib
from set_contrastive.advisor import pipeline
from set_contrastive.advisor import processes
from set_contrastive.advisor import several
from set_contrastive.advisor.advice import Advice
from set_contrastive.advisor.advice_config import AdviceConfig
from set_contrastive.advisor.cells import Cell
from set_contrastive.base.errors import UserError
from tests.advisor.relations import config_of
from tests.advisor.relations import drawn_mask


def test_an_earlier_answer_goes_on_and_keeps_all_its_numbers(tmp_path):
    config = config_of(tmp_path, drawn_mask(), dims=(2,))
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
    loaded = inputs_lib.load(
        config_of(tmp_path, drawn_mask(), vectors_per_document=(2, 4))
    )
    times = [
        estimates.minutes(loaded, Cell("several", (number, 4, 0))) for number in (2, 4)
    ]
    assert 0 < times[0] < times[1]


def test_as_many_processes_as_have_room_for_the_products(tmp_path, monkeypatch):
    monkeypatch.setattr(processes.os, "sched_getaffinity", lambda process: {0, 1, 2, 3})
    config = config_of(tmp_path, drawn_mask())
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
