"""Tests of calls side by side with real processes: killed, stopped, out of memory."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from set_contrastive.engines import tasks
from tests.engines import ray_node

ROOT = pathlib.Path(__file__).parents[2]
_STOPPED = "task_run.py: error: interrupted\n"
_RUN = "import sys; from tests.engines import task_run; task_run.start(*sys.argv[1:])"


def _start(work, folder, *more, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, work, folder, *more],
        cwd=ROOT,
        env=os.environ | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Its signals are not those of the tests.
    )


def _run(work, folder):
    process = _start(work, folder)
    output, errors = process.communicate(timeout=100)
    return process.returncode, output, errors


def _wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "what the test waits for did not happen"
        time.sleep(0.02)
    return found


def _both_waiting(folder):
    found = [int(path.name) for path in folder.iterdir()]
    return found if len(found) == 2 else None


def _runs(process):
    with contextlib.suppress(OSError):
        state = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2]
        return state.split()[0] != "Z"  # Whose parent has not asked for its end.
    return False


def test_calls_run_in_processes_of_one_thread_each(tmp_path):
    code, output, errors = _run("product", tmp_path)
    assert (code, errors) == (0, "")
    rows = [line.split() for line in output.splitlines()]
    assert len(rows) == 2
    for _, threads, value in rows:
        # The one that computes, and the one that waits for the end of its parent.
        assert (threads, value) == ("2", "1000.0")


def test_one_call_at_a_time_runs_here():
    found = list(tasks.run(_process, ["a", "b"], parallel=1))
    assert found == [("a", os.getpid()), ("b", os.getpid())]
    assert list(tasks.run(_process, [])) == []


def _process(item):
    del item
    return os.getpid()


def test_a_killed_command_leaves_no_process(tmp_path):
    process = _start("wait", tmp_path)
    workers = _wait_for(lambda: _both_waiting(tmp_path))
    assert all(_runs(worker) for worker in workers)
    process.kill()
    process.communicate()
    _wait_for(lambda: not any(_runs(worker) for worker in workers), 10)


def test_ctrl_c_ends_all_with_one_line(tmp_path):
    process = _start("wait", tmp_path)
    workers = _wait_for(lambda: _both_waiting(tmp_path))
    os.killpg(process.pid, signal.SIGINT)  # To whatever belongs to the command.
    output, errors = process.communicate(timeout=100)
    assert (process.returncode, output, errors) == (130, "", _STOPPED)
    assert not any(_runs(worker) for worker in workers)


@pytest.mark.parametrize("after", [0.0, 1.0])
def test_ctrl_c_while_processes_start_shows_nothing_of_them(tmp_path, after):
    importing, waiting = tmp_path / "importing", tmp_path / "waiting"
    waiting.mkdir()
    module = "tests.engines.slow_import"
    process = _start("wait", waiting, module, SLOW_IMPORT=str(importing))
    _wait_for(importing.exists)
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=100)
    assert (process.returncode, output, errors) == (130, "", _STOPPED)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        ("die", "one of 2 processes died, as it does when there is too little memory"),
        ("fill", "one of 2 processes died, as it does when there is too little memory"),
        ("refuse", "folder must be another one, got "),
    ],
)
def test_what_ends_a_call_is_one_line(tmp_path, work, message):
    code, output, errors = _run(work, tmp_path)
    assert (code, output, len(errors.splitlines())) == (1, "", 1), errors
    assert errors.startswith(f"task_run.py: error: {message}")
    said = "a script does not start its work under if __name__ == '__main__'"
    assert (said in errors) is (work != "refuse")


def test_tasks_of_ray_that_are_stopped_or_lost_are_one_line(tmp_path):
    with ray_node.started() as address:
        process = _start("wait", tmp_path, "", address)
        workers = _wait_for(lambda: _both_waiting(tmp_path))
        process.terminate()
        output, errors = process.communicate(timeout=100)
        # Python's own end by a signal: Ray's would show a stack.
        assert (process.returncode, output, errors) == (-signal.SIGTERM, "", "")
        _wait_for(lambda: not any(_runs(worker) for worker in workers), 60)

        process = _start("die", tmp_path, "", address)
        _, errors = process.communicate(timeout=100)
        assert process.returncode == 1
        assert errors.splitlines()[-1].startswith(
            "task_run.py: error: a task of Ray failed: The worker died unexpectedly"
        )
