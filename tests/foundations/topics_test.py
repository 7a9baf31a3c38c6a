"""The list of topics, and that each is a command that writes what it prints."""

import dataclasses
import importlib
import json
import pathlib

import pytest

from set_contrastive.base.result import Result
from set_contrastive.configs import flags
from set_contrastive.foundations import __main__ as command

ROOM = "set_contrastive.foundations"
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "set_contrastive/foundations"
PAIRS = FOLDER.parents[1] / "examples/cards_en_de.tsv"
# Flags with which each topic is done in seconds, and the results that it then writes.
QUICK = {
    "logistic_regression": (
        ["--examples=60", "--steps=3"],
        ["logistic_regression", "logistic_regression_gradients"],
    ),
    "autodiff": (["--sizes=2x3"], ["autodiff"]),
    "diagnosis": (
        ["--tasks=dates", "--steps=2", "--batch_size=4", "--d_model=8"]
        + [f"--parallel_text={PAIRS}", "--pairs=20"],
        ["diagnosis", "diagnosis_text"],
    ),
    "mixed_precision": (
        ["--sizes=116k", "--steps=2", "--batch_size=4"],
        ["mixed_precision"],
    ),
    "distributed": (
        ["--settings=1 replica", "--widths=8", "--batch_size=4", "--steps=1"],
        ["distributed", "distributed_balance"],
    ),
    "splits": (
        ["--train_size=64", "--test_size=33", "--test_batch_size=8"]
        + ["--steps=2", "--batch_size=8"],
        ["splits"],
    ),
    "binding": (
        ["--trials=2", "--totals=16", "--pairs=2", "--depths=1"],
        ["binding", "binding_query", "binding_trees"],
    ),
}


def test_each_module_with_a_record_has_a_line():
    files = {f.stem for f in FOLDER.glob("*.py") if "tool.Tool(" in f.read_text()}
    assert files == set(command.TOPICS) == set(QUICK)


@pytest.mark.parametrize("topic", command.TOPICS)
def test_each_option_says_what_it_is(topic):
    module = importlib.import_module(f"{ROOM}.{topic}")
    fields = {field.name for field in dataclasses.fields(module.TOOL.options)}
    assert set(flags.field_comments(module.TOOL.options)) == fields
    assert module.TOOL.name == topic and module.TOOL.options()
    assert f"python -m {ROOM}.{topic}" in module.__doc__


@pytest.mark.parametrize("topic", command.TOPICS)
def test_a_topic_prints_a_table_and_writes_it(run_quickly, tmp_path, topic):
    arguments, names = QUICK[topic]
    code, output, errors = run_quickly(
        f"{ROOM}.{topic}", *arguments, f"--output={tmp_path}"
    )
    assert code == 0, errors
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == names
    assert {path.stem for path in tmp_path.glob("*.png")} & set(names)
    for name in names:
        result = Result.load(tmp_path / f"{name}.json")
        assert result.title in output and f"{name}.json" in output
        csv = (tmp_path / f"{name}.csv").read_text().splitlines()
        assert csv[0].split(",") == list(result.rows[0])
        assert len(csv) == 1 + len(result.rows)
        provenance = json.loads((tmp_path / f"{name}.json").read_text())["provenance"]
        assert topic in provenance["command"]


def test_without_a_topic_all_are_listed(run_quickly):
    for arguments in ([], ["--help"]):
        code, output, _ = run_quickly(ROOM, *arguments)
        assert code == 0
        assert all(name in output for name in command.TOPICS)


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("nonsense", "topic must be one of logistic_regression, autodiff, "),
        ("binding", f"run the topic by python -m {ROOM}.binding"),
    ],
)
def test_a_topic_as_an_argument_is_one_line(run_quickly, argument, told):
    code, output, errors = run_quickly(ROOM, argument)
    assert (code, output) == (1, "")
    (line,) = errors.splitlines()
    assert line.startswith("foundations: error: ") and told in line


@pytest.mark.parametrize(
    ("topic", "flag", "told"),
    [
        ("logistic_regression", "--learning_rate=0", "learning_rate must be above 0"),
        ("autodiff", "--sizes=3", "sizes must be inputs x results like 64x4, got '3'"),
        ("autodiff", "--sizes=0x3", "sizes must be at least 1, got '0x3'"),
        ("diagnosis", "--tasks=cooking", "tasks must be one of copying, reversing"),
        ("diagnosis", "--parallel_text=none.tsv", "parallel_text none.tsv cannot be"),
        ("mixed_precision", "--sizes=1B", "sizes must be one of 116k, 2.5M, 160M"),
        ("mixed_precision", "--precisions=int8", "precisions must be one of float32"),
        ("mixed_precision", "--steps=1", "steps must be at least 2, got 1"),
        ("distributed", "--settings=2 processes", "with 1 replica to compare with"),
        ("distributed", "--batch_size=6", "batch_size must be a multiple of 4"),
        ("splits", "--pairs=1", "pairs must be at least 2, got 1"),
        ("splits", "--test_size=512", "test_size must be no multiple of"),
        ("binding", "--schemes=knot", "schemes must be one of tensor, tensor_role"),
        ("binding", "--words=3", "words must be at least pairs=32, got 3"),
    ],
)
def test_bad_input_is_one_line(run_quickly, tmp_path, topic, flag, told):
    code, _, errors = run_quickly(f"{ROOM}.{topic}", flag, f"--output={tmp_path}")
    assert code == 1
    (line,) = errors.splitlines()
    assert told in line
