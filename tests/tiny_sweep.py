"""Sweeps of tiny studies by the command, and what they leave."""

import json
import os
import pathlib
import subprocess
import sys
import time

from tests import tiny_study

ROOT = pathlib.Path(__file__).resolve().parent.parent
D2, D8, CROSS = (cell.name for cell in tiny_study.STUDY.cells("", 0))
LONG, _ = (cell.name for cell in tiny_study.LONG.cells("", 0))


def start(study, workdir, data_dir, *more, **environment):
    """Starts a sweep; returns its process."""
    arguments = (f"--study={study}", f"--workdir={workdir}", f"--data_dir={data_dir}")
    return subprocess.Popen(
        [sys.executable, "-m", "set_contrastive.sweep", *arguments, *more],
        cwd=ROOT,
        env=os.environ | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def sweep(study, workdir, data_dir, *more, **environment):
    """Sweeps to the end; returns the exit code, the output and the errors."""
    process = start(study, workdir, data_dir, *more, **environment)
    output, errors = process.communicate(timeout=300)
    return process.returncode, output, errors


def wait_for(condition, seconds=240):
    """Waits until a condition holds; returns what it gives."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "what the test waits for did not happen"
        time.sleep(0.05)
    return found


def saved(workdir, cell):
    """Returns the checkpoints of a cell."""
    return list((workdir / cell / "checkpoints").glob("step-*.index"))


def trainer_of(workdir, cell):
    """Returns the process that holds the lock of a run folder."""
    lock = os.stat(workdir / cell / "lock").st_ino
    for line in pathlib.Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if fields[5].endswith(f":{lock}"):
            return int(fields[4])
    return None


def kl(workdir, cell):
    """Returns the KL that was measured of a cell, in nats."""
    return json.loads((workdir / cell / "metrics.json").read_text())["kl_nats"]
