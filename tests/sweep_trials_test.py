"""Sweeps of studies whose cells are calls of a function, by the command."""

import json
import os
import pathlib
import signal

import pytest

from tests.engines import ray_node
from tests.tiny_sweep import start
from tests.tiny_sweep import sweep
from tests.tiny_sweep import wait_for

_STUDY = "tests.tiny_trials:STUDY"


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """The folder of a study that was swept with two seeds, and what was printed."""
    workdir = tmp_path_factory.mktemp("trials") / "powers"
    code, output, errors = sweep(_STUDY, workdir, "nowhere", "--seeds=2")
    assert code == 0, errors
    return workdir, output + errors


def _rows(workdir):
    return {
        str(path.parent.relative_to(workdir)): json.loads(path.read_text())
        for path in sorted(workdir.rglob("trial.json"))
    }


def test_every_trial_is_called_with_every_seed(swept):
    workdir, output = swept
    found = _rows(workdir)
    assert {name: values["row"]["power"] for name, values in found.items()} == {
        "powers/powers-0/seed_0": 8,
        "powers/powers-0/seed_1": 9,
        "powers/powers-1/seed_0": 9,
        "powers/powers-1/seed_1": 10,
    }
    one = found["powers/powers-1/seed_1"]
    assert one["arguments"] == {"base": 3, "exponent": 2, "seed": 1}
    assert one["row"]["curve"] == [[1, 3], [2, 9]]
    assert "--study=tests.tiny_trials" in one["provenance"]["command"]
    assert "powers/powers-1/seed_1: base 3, power 10 (" in output
    assert "All 4 cells are finished" in output
    assert f"report --study={_STUDY} --workdir={workdir}" in output


def test_a_trial_that_has_ended_is_not_called_again(swept):
    workdir, _ = swept
    path = workdir / "powers/powers-0/seed_0/trial.json"
    before = path.stat().st_mtime_ns
    code, output, errors = sweep(_STUDY, workdir, "nowhere", "--dry_run")
    assert code == 0, errors
    assert [line.split()[-1] for line in output.splitlines()[1:3]] == ["finished"] * 2
    assert output.splitlines()[-1] == "2 cells, about 0 minutes of one core left to do"
    code, _, errors = sweep(_STUDY, workdir, "nowhere")
    assert code == 0, errors
    assert path.stat().st_mtime_ns == before


def test_a_spoiled_result_is_made_again(swept):
    workdir, _ = swept
    path = workdir / "powers/powers-1/seed_0/trial.json"
    path.write_text('{"row": {"power":')
    code, _, errors = sweep(_STUDY, workdir, "nowhere")
    assert code == 0, errors
    assert json.loads(path.read_text())["row"]["power"] == 9


def test_results_of_other_arguments_are_kept(swept):
    workdir, _ = swept
    before = _rows(workdir)
    study = "tests.tiny_trials:CHANGED"
    code, output, errors = sweep(study, workdir, "nowhere")
    assert (code, output, len(errors.splitlines())) == (1, "", 1)
    assert "trial.json holds a trial with other values of arguments" in errors
    assert _rows(workdir) == before
    assert study not in (workdir / "study.json").read_text()


@pytest.mark.parametrize(
    ("study", "message"),
    [
        ("FAILING", "seed must be a poem, got 0"),
        ("NO_ROW", "tests.tiny_trials:no_row must return a dict of JSON values"),
        ("MISSING", "function 'tests.tiny_trials:nothing' cannot be imported"),
    ],
)
def test_a_trial_that_fails_is_one_line(tmp_path, study, message):
    code, output, errors = sweep(f"tests.tiny_trials:{study}", tmp_path, "nowhere")
    assert code == 1
    assert f"FAILED: {message}" in output + errors
    assert "1 of 1 cells failed" in errors.splitlines()[-1]
    assert not _rows(tmp_path)


def _lingering(workdir):
    """Starts a sweep whose trial waits; returns it and the trial's process."""
    study = "tests.tiny_trials:LINGERING"
    process = start(study, workdir, "nowhere", LINGERS_IN=str(workdir))
    place = workdir / "process"
    text = wait_for(lambda: place.exists() and place.read_text())
    place.unlink()
    return process, int(text)


def test_a_killed_trial_is_tried_again(tmp_path):
    process, trial = _lingering(tmp_path)
    os.kill(trial, signal.SIGKILL)
    output, errors = process.communicate(timeout=100)
    assert process.returncode == 1
    assert "FAILED: killed by signal 9" in output + errors
    process, _ = _lingering(tmp_path)
    (tmp_path / "end").touch()
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 0, errors
    (found,) = _rows(tmp_path).values()
    assert found["row"] == {"cores": 1, "seed": 0}  # Its share of this machine.


def test_one_sweep_at_a_time_works_in_a_folder(tmp_path):
    process, _ = _lingering(tmp_path)
    study = "tests.tiny_trials:LINGERING"
    code, output, errors = sweep(study, tmp_path, "nowhere")
    assert (code, output, len(errors.splitlines())) == (1, "", 1)
    assert f"workdir {tmp_path} is in use by process {process.pid}" in errors
    code, output, _ = sweep(study, tmp_path, "nowhere", "--dry_run")
    assert code == 0 and "to do" in output
    (tmp_path / "end").touch()
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 0, errors


def test_a_stopped_sweep_leaves_no_process(tmp_path):
    process, trial = _lingering(tmp_path)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 130, errors
    assert "the same command goes on from what is saved" in errors
    assert not pathlib.Path(f"/proc/{trial}").exists()


def test_trials_run_on_ray(tmp_path):
    with ray_node.started() as address:
        engine = ("--engine=ray", f"--ray_address={address}")
        code, _, errors = sweep(_STUDY, tmp_path, "nowhere", *engine)
    assert code == 0, errors
    assert [v["row"]["power"] for v in _rows(tmp_path).values()] == [8, 9]
