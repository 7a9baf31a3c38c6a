"""Tests of sweeps whose cells or themselves fail, are killed or are stopped."""

import os
import pathlib
import signal

import pytest

from tests import tiny_study
from tests.tiny_sweep import D8
from tests.tiny_sweep import LONG
from tests.tiny_sweep import kl
from tests.tiny_sweep import saved
from tests.tiny_sweep import start
from tests.tiny_sweep import sweep
from tests.tiny_sweep import trainer_of
from tests.tiny_sweep import wait_for


def test_a_cell_that_fails_is_reported_and_stops_no_other(data_dir, tmp_path):
    code, output, errors = sweep("tests.tiny_study:FAILING", tmp_path, data_dir)
    assert code == 1
    failed = tiny_study.FAILING.cells("", 0)[0].name
    assert f"{failed}: FAILED: step " in output + errors
    assert "try a smaller learning_rate" in output + errors
    assert errors.splitlines()[-1] == (
        f"sweep.py: error: 1 of 2 cells failed ({failed}); the same command tries "
        "them again"
    )
    assert kl(tmp_path, D8) > 0


def test_a_killed_cell_goes_on_where_it_was(data_dir, tmp_path):
    process = start("tests.tiny_study:LONG", tmp_path, data_dir, "--parallel=2")
    wait_for(lambda: saved(tmp_path, LONG))
    os.kill(wait_for(lambda: trainer_of(tmp_path, LONG)), signal.SIGKILL)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert f"{LONG}: FAILED: killed by signal 9" in output + errors
    assert kl(tmp_path, D8) > 0  # The other one was finished.
    code, output, errors = sweep("tests.tiny_study:LONG", tmp_path, data_dir)
    assert code == 0, errors
    assert "going on from step" in (tmp_path / LONG / "train.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_sweep_saves_its_cells(data_dir, tmp_path, number):
    process = start("tests.tiny_study:LONG", tmp_path, data_dir, "--parallel=1")
    wait_for(lambda: saved(tmp_path, LONG))
    trainer = wait_for(lambda: trainer_of(tmp_path, LONG))
    process.send_signal(number)
    output, errors = process.communicate(timeout=100)
    assert process.returncode == 130, errors
    assert "the same command goes on from what is saved" in errors
    assert not pathlib.Path(f"/proc/{trainer}").exists()
    assert "which is saved in" in (tmp_path / LONG / "train.log").read_text()


def test_cells_of_a_killed_sweep_stop_with_their_state_saved(data_dir, tmp_path):
    process = start("tests.tiny_study:LONG", tmp_path, data_dir, "--parallel=1")
    wait_for(lambda: saved(tmp_path, LONG))
    trainer = wait_for(lambda: trainer_of(tmp_path, LONG))
    process.kill()
    process.communicate()
    wait_for(lambda: not pathlib.Path(f"/proc/{trainer}").exists(), 30)
    assert trainer_of(tmp_path, LONG) is None
    assert not (tmp_path / LONG / "metrics.json").exists()


def test_ray_that_is_missing_or_not_running_is_one_line(data_dir, tmp_path):
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "ray.py").write_text("raise ImportError('no Ray here')")
    for environment, message in (
        ({"PYTHONPATH": str(fake)}, "pip install 'set_contrastive[ray]'"),
        ({}, "no Ray cluster at ray_address=127.0.0.1:1"),
    ):
        code, _, errors = sweep(
            "tests.tiny_study:STUDY",
            tmp_path / "study",
            data_dir,
            "--engine=ray",
            "--ray_address=127.0.0.1:1",
            **environment,
        )
        assert code == 1
        assert message in errors.splitlines()[-1]
