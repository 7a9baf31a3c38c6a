"""Tests of several hosts, which are processes that speak over the loopback."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys

import pytest

from tests.tiny_run import TRAIN
from tests.tiny_run import assert_same_bits
from tests.tiny_run import train_flags

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_LIMIT_S = 200
_FLAGS = {"strategy": "multi_worker", "replicas": 2, "steps": 6, "checkpoint_every": 2}


def _addresses(count):
    servers = [socket.create_server(("localhost", 0)) for _ in range(count)]
    addresses = [f"localhost:{server.getsockname()[1]}" for server in servers]
    for server in servers:
        server.close()
    return addresses


def _train(data_dirs, folders, chief_job=False, **fields):
    """Trains with a process for each folder; returns exit codes and errors."""
    addresses = _addresses(len(folders))
    cluster = {"worker": addresses}
    tasks = [("worker", number) for number in range(len(folders))]
    if chief_job:
        cluster = {"chief": addresses[:1], "worker": addresses[1:]}
        tasks = [("chief", 0), *tasks[:-1]]
    processes = []
    for data_dir, folder, (kind, index) in zip(data_dirs, folders, tasks, strict=True):
        task = {"cluster": cluster, "task": {"type": kind, "index": index}}
        command = [sys.executable, "-m", TRAIN]
        processes.append(
            subprocess.Popen(
                [*command, *train_flags(data_dir, folder, **{**_FLAGS, **fields})],
                cwd=_ROOT,
                env={**os.environ, "TF_CONFIG": json.dumps(task)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    try:
        errors = [process.communicate(timeout=_LIMIT_S)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [process.returncode for process in processes], errors


@pytest.fixture(scope="module")
def whole(data_dir, tmp_path_factory):
    """The folders of two workers that nothing stopped; the chief alone writes."""
    folders = [tmp_path_factory.mktemp("workers") / name for name in ("chief", "other")]
    codes, errors = _train([data_dir] * 2, folders)
    assert codes == [0, 0], errors
    assert not folders[1].exists()
    return folders[0]


@pytest.mark.parametrize("found", ["nothing", "later", "damaged"])
def test_workers_go_on_from_what_the_chief_has(whole, data_dir, tmp_path, found):
    chief, other = tmp_path / "chief", tmp_path / "other"
    shutil.copytree(whole, chief)
    if found != "nothing":
        shutil.copytree(whole, other)
    if found == "damaged":
        for index in other.glob("checkpoints/*.index"):
            index.write_bytes(b"")
    for newest in chief.glob("checkpoints/step-6.*"):
        newest.unlink()
    codes, errors = _train([data_dir] * 2, [chief, other])
    assert codes == [0, 0], errors
    assert "67%" in errors[0]  # The bar begins at step 4 of 6.
    assert_same_bits(whole, chief)


def test_a_folder_that_the_chief_refuses_stops_all(whole, data_dir, tmp_path):
    shutil.copytree(whole, tmp_path / "chief")
    codes, errors = _train(
        [data_dir] * 2, [tmp_path / "chief", tmp_path / "other"], seed=1
    )
    assert codes == [1, 1], errors
    (refusal,), (told,) = (text.splitlines() for text in errors)
    assert "holds another experiment (asked != there): seed: 1 != 0" in refusal
    assert "another worker of TF_CONFIG cannot start, so this one stops too" in told


def test_damaged_checkpoints_of_the_chief_stop_all(whole, data_dir, tmp_path):
    shutil.copytree(whole, tmp_path / "chief")
    for index in tmp_path.glob("chief/checkpoints/*.index"):
        index.write_bytes(b"")
    codes, errors = _train([data_dir] * 2, [tmp_path / "chief", tmp_path / "other"])
    assert codes == [1, 1], errors
    assert "are damaged" in errors[0].splitlines()[-1]
    assert "another worker of TF_CONFIG cannot start" in errors[1]


def test_a_worker_without_data_stops_the_chief_of_a_chief_job(data_dir, tmp_path):
    folder = tmp_path / "run"
    codes, errors = _train(
        [data_dir, tmp_path / "none"], [folder, folder], chief_job=True
    )
    assert codes == [1, 1], errors
    (told,), (refusal,) = (text.splitlines() for text in errors)
    assert "another worker of TF_CONFIG cannot start" in told
    assert "data set" in refusal
    # Of the two tasks numbered 0, the chief alone has claimed the folder.
    assert json.loads((folder / "lock").read_text())["pid"]
