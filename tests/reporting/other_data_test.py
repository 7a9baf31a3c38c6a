"""The report of studies of one's own: over data of another name than their game's."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.reporting import results

ROOT = pathlib.Path(__file__).resolve().parents[2]
_STUDY = "--study=tests.tiny_study:OTHER_DATA"


def _run(*command):
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ,
        text=True,
        capture_output=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def workdir(data_dir, tmp_path_factory):
    """The folder of a study over `union_27_small` and over a game of one's own."""
    folder = tmp_path_factory.mktemp("other_data") / "study"
    found = _run(
        "set_contrastive.sweep",
        _STUDY,
        f"--workdir={folder}",
        f"--data_dir={data_dir}",
        "--parallel=1",
    )
    assert found.returncode == 0, found.stderr
    assert f"{_STUDY} --workdir={folder}" in found.stdout  # How to report it.
    return folder


def test_a_study_over_data_of_another_name_is_reported(workdir, tmp_path):
    output = tmp_path / "report"
    found = _run(
        "set_contrastive.report", _STUDY, f"--workdir={workdir}", f"--output={output}"
    )
    assert found.returncode == 0, found.stderr
    page = (output / "index.html").read_text()
    assert "union_27_small" in page
    rows = json.loads((output / "other_data.json").read_text())["cells"]
    assert [(row["game"], row["steps"]) for row in rows] == [
        ("union_27_small", 20),
        ("tests.parity:Parity", 20),
    ]
    # The answers that the examples of the page show are the games'.
    small, own = results.collect(workdir, "tests.tiny_study:OTHER_DATA").cells
    assert (small.rules.spec.name, own.rules.spec.name) == ("union_27", "parity_2")
    assert small.key_mask().shape == (5_120, 27) and small.key_mask().any(axis=1).all()
    assert own.key_mask().sum(axis=0).tolist() == [5, 5]


def test_the_folder_of_a_study_of_ones_own_needs_its_name(workdir, tmp_path):
    found = _run(
        "set_contrastive.report", f"--workdir={workdir}", f"--output={tmp_path / 'new'}"
    )
    assert found.returncode == 1
    (line,) = found.stderr.splitlines()
    assert f"name it yourself with {_STUDY}" in line
    assert not (tmp_path / "new").exists()


def test_a_study_that_only_its_folder_names_is_not_imported(trap, tmp_path):
    name, mark = trap
    whole_files.write_json(tmp_path / "study.json", {"study": f"{name}:STUDY"})
    with pytest.raises(UserError, match=r"study.json names the study 'trap_.*:STUDY'"):
        results.collect(tmp_path)
    assert not mark.exists()


def test_a_game_that_only_a_run_folder_names_is_not_called(workdir):
    result, _ = results.collect(workdir, "tests.tiny_study:OTHER_DATA").cells
    path = result.folder / "game.json"
    before = path.read_text()
    try:
        whole_files.write_json(path, json.loads(before) | {"source": "os:abort"})
        with pytest.raises(UserError, match=r"game.json names the game 'os:abort'"):
            result.key_mask()
    finally:
        path.write_text(before)
