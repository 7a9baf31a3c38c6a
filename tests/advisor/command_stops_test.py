"""Stops `advise` as a user does, and starts it again."""

import pathlib
import signal
import time

from tests.advisor.small_advice import finish
from tests.advisor.small_advice import read
from tests.advisor.small_advice import start


def _comparable(advice):
    """Leaves out what differs from run to run."""
    yours = [
        {k: v for k, v in r.items() if k != "ms_per_query"} for r in advice["yours"]
    ]
    return advice | {"provenance": None, "yours": yours}


def test_killed_and_started_again_it_ends_with_the_same(small, tmp_path):
    other = small | {"output": str(tmp_path / "undisturbed")}
    finish(other)
    cells = pathlib.Path(small["output"]) / "cells"
    with start(small) as process:
        _wait_for(lambda: len(list(cells.glob("reached*.json"))) >= 3)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    kept = {path: path.stat().st_mtime_ns for path in cells.glob("*.json")}
    assert not (pathlib.Path(small["output"]) / "advice.json").exists()
    finish(small)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert _comparable(read(small["output"])) == _comparable(read(other["output"]))


def test_a_signal_ends_it_with_one_line_and_no_process_stays(small):
    cells = pathlib.Path(small["output"]) / "cells"
    with start(small) as process:
        _wait_for(lambda: list(cells.glob("reached*.json")))
        below = _below(process.pid)
        assert below
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (
        errors.strip()
        .splitlines()[-1]
        .endswith(
            f"stopped; the same command goes on from what is saved in {small['output']}"
        )
    )
    assert "Traceback" not in errors
    _wait_for(lambda: not any(pathlib.Path(f"/proc/{p}").exists() for p in below))


def _below(process):
    """Returns the processes below one, of all generations."""
    parents = {}
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:  # It has ended meanwhile.
            continue
        parents[int(status.parent.name)] = int(fields[1])
    found = {process}
    while new := {p for p, above in parents.items() if above in found} - found:
        found |= new
    return found - {process}


def _wait_for(condition):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("what the test waits for did not happen")
