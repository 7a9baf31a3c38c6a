"""Tests of the lock that training, evaluation and sweeps take."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.runs import run_lock
from tests.tiny_run import EVALUATE
from tests.tiny_run import TRAIN
from tests.tiny_run import train_flags

ROOT = pathlib.Path(__file__).resolve().parents[2]
_HOLDER = """
import pathlib, sys, time
from set_contrastive.runs import run_lock
with run_lock.hold(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@contextlib.contextmanager
def _held(folder):
    """Another process that holds the lock of a folder."""
    command = [sys.executable, "-c", _HOLDER, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_the_second_is_told_who_holds_it_and_a_killed_holder_holds_nothing(tmp_path):
    folder = tmp_path / "run"
    with _held(folder) as holder:
        said = re.escape(
            f"workdir {folder} is in use by process {holder.pid} on "
            f"{socket.gethostname()} since "
        )
        with pytest.raises(UserError, match=rf"{said}\d{{4}}-.*: python -c {folder}"):
            with run_lock.hold(folder):
                raise AssertionError("two hold it")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with run_lock.hold(folder):
            with pytest.raises(UserError, match=f"by process {os.getpid()} on"):
                with run_lock.hold(folder):
                    raise AssertionError("two hold it")
    with run_lock.hold(folder):
        pass


def test_a_holder_that_has_not_said_its_name_yet_is_another_process(tmp_path):
    with _held(tmp_path):
        (tmp_path / "lock").write_text("{")
        with pytest.raises(UserError, match="is in use by another process"):
            with run_lock.hold(tmp_path):
                raise AssertionError("two hold it")


@pytest.fixture(scope="module")
def run(tmp_path_factory, data_dir, run_quickly):
    """A run that has ended and been measured."""
    folder = tmp_path_factory.mktemp("lock") / "run"
    for module, flags in (
        (TRAIN, train_flags(data_dir, folder)),
        (EVALUATE, [f"--workdir={folder}"]),
    ):
        code, _, errors = run_quickly(module, *flags)
        assert code == 0, errors
    return folder


@pytest.mark.parametrize("module", [TRAIN, EVALUATE])
def test_commands_that_write_end_with_one_line(module, run, data_dir, run_quickly):
    flags = {TRAIN: train_flags(data_dir, run), EVALUATE: [f"--workdir={run}"]}
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    with _held(run) as holder:
        code, output, errors = run_quickly(module, *flags[module])
    assert (code, output) == (1, "")
    (line,) = errors.splitlines()
    assert f"in use by process {holder.pid} on {socket.gethostname()} since" in line
    del before[run / "lock"]
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_the_same_command_typed_twice_leaves_the_first_alone(
    data_dir, tmp_path, run_quickly
):
    arguments = train_flags(data_dir, tmp_path, steps=1_000_000)
    first = subprocess.Popen(
        [sys.executable, "-m", TRAIN, *arguments],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while not list(tmp_path.glob("checkpoints/*.index")) and first.poll() is None:
        time.sleep(0.05)
    code, output, errors = run_quickly(TRAIN, *arguments)
    first.send_signal(signal.SIGINT)
    _, errors_of_first = first.communicate(timeout=200)
    assert first.returncode == 130, errors_of_first
    assert "which is saved in" in errors_of_first
    assert (code, output, len(errors.splitlines())) == (1, "", 1), errors
    assert f"in use by process {first.pid} on" in errors
    assert f"python -m {TRAIN} --game=wildcard_27" in errors
