"""A game, a model and a study of one's own, each one file, go through the commands.

They are taken from CONTRIBUTING.md, so that the page cannot go stale.
"""

import json
import pathlib
import re

import pytest

from set_contrastive.games import registry
from tests.tiny_sweep import sweep

ROOT = pathlib.Path(__file__).resolve().parent.parent
_FAMILY = "counting:FAMILY"
_SMALL = ("--steps=20", "--batch_size=32", "--noxla")
# The study of the page, but shorter and without a model that is there already.
_SHORTER = {
    '"counting:FAMILY", "two_tower"': '"counting:FAMILY",',
    '"steps": (1000,)': '"steps": (20,), "batch_size": (32,), "xla": (False,)',
}


def _code(name):
    """Returns the file of a name that CONTRIBUTING.md shows."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    (code,) = re.findall(rf"`{name}\.py`,\s+in .*?```python\n(.*?)```", page, re.DOTALL)
    return code


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the three files."""
    place = tmp_path_factory.mktemp("own")
    for name in ("divisors", "counting"):
        (place / f"{name}.py").write_text(_code(name))
    study = _code("mine")
    (place / "mine.py").write_text(study)
    for there, shorter in _SHORTER.items():
        assert there in study
        study = study.replace(there, shorter)
    (place / "shorter.py").write_text(study)
    return place


@pytest.fixture(scope="module")
def run(run_quickly, folder):
    """Runs a command that finds the files, to a good end; returns its output."""

    def run_well(*command):
        code, output, errors = run_quickly(*command, PYTHONPATH=str(folder))
        assert code == 0, errors
        return output

    return run_well


def test_a_game_goes_through_the_commands(run, folder):
    data, workdir, exported = (folder / name for name in ("data", "game", "exports"))
    run(
        "tensorflow_datasets.scripts.cli.main",
        "build",
        ROOT / "data_builders" / "card_games",
        f"--data_dir={data}",
        '--config={"name": "divisors_12", "game": "divisors:Divisors"}',
    )
    own = "--game=divisors:Divisors"
    there = (f"--data_dir={data}", f"--workdir={workdir}")
    run("set_contrastive.train", own, *there, "--preset=light", *_SMALL)
    run("set_contrastive.evaluate", f"--workdir={workdir}")
    run(
        "export.export_saved_model",
        own,
        f"--workdir={workdir}",
        f"--export_dir={exported}",
    )
    output = run("export.score", own, f"--saved_model={exported}/1", "--query=12")
    matches = {row.split()[0] for row in output.splitlines() if "yes" in row}
    assert matches <= {"1", "2", "3", "4", "6", "12"}
    assert "of the 6 matching keys" in output


@pytest.fixture(scope="module")
def workdir(run, folder, data_dir):
    """A run of the model."""
    there = (f"--data_dir={data_dir}", f"--workdir={folder / 'model'}")
    own = (f"--model={_FAMILY}", "--game=union_27_small", "--d_model=8")
    assert "validation KL" in run("set_contrastive.train", *own, *there, *_SMALL)
    return folder / "model"


def test_a_model_goes_through_the_commands(run, folder, workdir):
    own, there = f"--model={_FAMILY}", f"--workdir={workdir}"
    measured = run("set_contrastive.evaluate", own, there, "--split=validation")
    symbols = len(registry.get("union_27").spec.vocabulary)
    number = symbols * 8 + (8 + 1) * 512 + (512 + 1) * 27 + 27 * 27
    assert f"{number:,} parameters" in measured
    exported = folder / "counting_exports"
    run("export.export_saved_model", own, there, f"--export_dir={exported}")
    card = (exported / "1/assets.extra/model_card.md").read_text()
    assert "vectors of dimension 27; the query's is said by the sum" in card
    pair, other = "red-solid-circle green-*-square", "blue-void-circle red-void-square"
    query = "--query=" + " | ".join([pair, *[other] * 7])
    output = run("export.score", f"--saved_model={exported}/1", query)
    assert "matching keys are among the best" in output
    key = "--key=blue-void-triangle"
    output = run("set_contrastive.explain", own, there, query, key)
    assert "counting d = 27" in output
    assert "left out" in output and "replaced" in output and "gradient" not in output
    index = f"--output={folder / 'index'}"
    run("export.export_index", f"--saved_model={exported}/1", index)


def test_a_model_that_only_a_folder_names_is_not_imported(run_quickly, folder, workdir):
    """Though it could be."""
    for module, *more in (
        ("set_contrastive.evaluate",),
        ("export.export_saved_model", f"--export_dir={folder / 'none'}"),
        ("set_contrastive.explain", "--grade"),
        ("set_contrastive.play",),
    ):
        flags = (f"--workdir={workdir}", *more)
        code, output, errors = run_quickly(module, *flags, PYTHONPATH=str(folder))
        assert (code, output, len(errors.splitlines())) == (1, "", 1), errors
        assert f"trust its code, name it yourself with --model={_FAMILY}" in errors


def test_a_study_takes_a_model(folder, data_dir):
    swept = folder / "swept"
    path = {"PYTHONPATH": str(folder)}
    code, output, errors = sweep("mine:STUDY", swept, data_dir, "--dry_run", **path)
    assert code == 0, errors
    cells = [line.split()[0] for line in output.splitlines()[1:5]]
    labels = ["counting_d2", "counting_d8", "two_tower_d2", "two_tower_d8"]
    assert [cell.split("/")[1].partition("-")[0] for cell in cells] == labels
    code, output, errors = sweep("shorter:STUDY", swept, data_dir, **path)
    assert code == 0, errors
    assert "All 2 cells are finished" in output
    configs = sorted((swept / "wildcard_27").glob("counting_d*/seed_0/config.json"))
    models = [json.loads(path.read_text())["model"] for path in configs]
    assert [(m["family"], m["vector_dim"]) for m in models] == [
        (_FAMILY, 2),
        (_FAMILY, 8),
    ]


def test_a_study_with_a_model_is_drawn(run, folder):
    theory = f"--theory={folder / 'none'}"  # No page of geometry beside it.
    flags = ("--study=shorter:STUDY", f"--workdir={folder / 'swept'}", theory)
    output = run("set_contrastive.report", *flags, f"--output={folder / 'report'}")
    assert "counting_d8" in output
    rows = (folder / "report/mine.csv").read_text().splitlines()
    assert [row.split(",")[:3] for row in rows[1:]] == [
        ["wildcard_27", "counting", "2"],
        ["wildcard_27", "counting", "8"],
    ]
    assert "counting d = 8" in (folder / "report/index.html").read_text()
