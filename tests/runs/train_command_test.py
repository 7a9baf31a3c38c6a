"""Runs `train` as a user does: killed, stopped, on several devices and workers."""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time

import numpy as np

from set_contrastive.runs import experiment
from set_contrastive.training import checkpoints
from tests.tiny_run import assert_same_bits


def _command(data_dir, workdir):
    return [
        sys.executable,
        "-m",
        "set_contrastive.train",
        "--game=wildcard_27",
        f"--data_dir={data_dir}",
        f"--workdir={workdir}",
        "--preset=light",  # It searches no keys, and starts sooner.
        "--num_layers=1",  # Compiled sooner.
        "--num_readout_layers=1",
        "--vector_dim=8",
        "--batch_size=64",
        "--steps=300",
        "--eval_every=100",
        "--checkpoint_every=20",
        "--objective=infonce",
    ]


def _wait_for_step(workdir, process, least):
    while process.poll() is None:
        found = checkpoints.find(workdir / "checkpoints")
        if found and int(found[0].name.split("-")[1]) >= least:
            return
        time.sleep(0.01)


def test_killed_run_ends_with_the_same_bits_as_one_never_killed(data_dir, tmp_path):
    """SIGKILL at arbitrary moments, twice, then Ctrl-C, then the same command again."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    root = pathlib.Path(__file__).resolve().parents[2]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": root}
    uninterrupted = subprocess.Popen(_command(data_dir, whole), **quiet)
    rng = random.Random(os.getpid())
    for least in (20, 120):
        process = subprocess.Popen(_command(data_dir, killed), **quiet)
        _wait_for_step(killed, process, least)
        time.sleep(rng.random() * 0.2)
        process.kill()
        process.communicate()
    process = subprocess.Popen(_command(data_dir, killed), text=True, **quiet)
    _wait_for_step(killed, process, 200)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    if process.returncode != 0:  # It may have been done by then.
        assert process.returncode == 130
        assert "the same command goes on from there" in errors
        assert "Traceback" not in errors
    subprocess.run(
        _command(data_dir, killed), check=True, capture_output=True, cwd=root
    )
    uninterrupted.communicate(timeout=200)
    assert uninterrupted.returncode == 0
    assert experiment.load(str(killed)).train_seconds > 0
    assert_same_bits(whole, killed)


def test_mirrored_and_two_workers_train_through_the_command(data_dir, tmp_path):
    root = pathlib.Path(__file__).resolve().parents[2]
    servers = [socket.create_server(("localhost", 0)) for _ in range(2)]
    addresses = [f"localhost:{server.getsockname()[1]}" for server in servers]
    for server in servers:
        server.close()

    def start(folder, *flags, task=None):
        command = [
            sys.executable,
            "-m",
            "set_contrastive.train",
            "--game=wildcard_27",
            f"--data_dir={data_dir}",
            f"--workdir={tmp_path / folder}",
            "--preset=light",
            "--num_layers=1",
            "--num_readout_layers=1",
            "--d_model=16",
            "--d_ff=24",
            "--steps=10",
            "--batch_size=32",
            "--replicas=2",
            "--checkpoint_every=5",
            *flags,
        ]
        environment = dict(os.environ)
        if task is not None:
            environment["TF_CONFIG"] = json.dumps(
                {
                    "cluster": {"worker": addresses},
                    "task": {"type": "worker", "index": task},
                }
            )
        return subprocess.Popen(command, env=environment, cwd=root)

    processes = [
        start("mirrored", "--strategy=mirrored"),
        start("workers", "--strategy=multi_worker", task=0),
        start("workers", "--strategy=multi_worker", task=1),
    ]
    try:
        assert [process.wait(timeout=240) for process in processes] == [0, 0, 0]
    finally:
        for process in processes:
            process.kill()
    mirrored, workers = (
        experiment.load(str(tmp_path / folder)) for folder in ("mirrored", "workers")
    )
    assert mirrored.step == workers.step == 10
    # Both round differently, and steps multiply it: to 1e-3 where there are 20.
    for a, b in zip(
        mirrored.scorer.all_keys_scorer.get_weights(),
        workers.scorer.all_keys_scorer.get_weights(),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)
    # The chief alone writes: one event file and no other worker's leavings.
    assert len(list((tmp_path / "workers" / "tensorboard").glob("events*"))) == 1
