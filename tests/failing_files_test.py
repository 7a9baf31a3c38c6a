"""Tests of the disk that fails, so that a test that uses it can fail as well."""

import os
import signal
import subprocess
import sys

import pytest

from tests import failing_files
from tests.failing_files import Fault

_OPERATIONS = """
import os, sys
folder = sys.argv[1]

def attempt(name, operation):
    try:
        operation()
    except OSError as error:
        print(name, error.errno)

for turn in range(3):
    path = f"{folder}/file_{turn}"
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    attempt("write", lambda: os.write(file, b"x"))
    attempt("fsync", lambda: os.fsync(file))
    attempt("mkdir", lambda: os.mkdir(f"{folder}/folder_{turn}"))
    os.open(path + ".other", os.O_RDWR | os.O_CREAT)
    attempt("rename", lambda: os.replace(path, path + ".new"))
    attempt("unlink", lambda: os.unlink(path + ".other"))
"""


@pytest.fixture(scope="module")
def preload(tmp_path_factory):
    return failing_files.compile_library(tmp_path_factory.mktemp("library"))


def _run(preload, tmp_path, fault, code):
    folder, counter = tmp_path / "disk", tmp_path / "count"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env=os.environ | preload | fault.environment(folder, counter),
        capture_output=True,
        text=True,
    )
    matched = failing_files.count(counter)
    return done.returncode, done.stdout.split(), matched.pop(fault.call, matched)


@pytest.mark.parametrize("call", [c for c in failing_files.CALLS if c != "open"])
def test_the_second_call_fails_and_no_other(preload, tmp_path, call):
    code, output, matched = _run(preload, tmp_path, Fault(call, nth=2), _OPERATIONS)
    assert (code, output) == (0, [call, "5"])
    assert matched == 3


def test_all_calls_fail_from_the_second_on(preload, tmp_path):
    code, output, matched = _run(
        preload, tmp_path, Fault("mkdir", 2, forever=True), _OPERATIONS
    )
    assert (code, output, matched) == (0, ["mkdir", "5"] * 2, 3)


def test_open_fails_by_name_and_with_the_error_asked_for(preload, tmp_path):
    fault = Fault("open", named="*/file_1", error=28)
    code = "import sys\nfor i in (0, 1): open(f'{sys.argv[1]}/file_{i}', 'w')"
    returned, _, matched = _run(preload, tmp_path, fault, code)
    assert returned == 1 and matched == 1
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["file_0"]


def test_a_process_is_killed_at_the_very_call(preload, tmp_path):
    fault = Fault("write", nth=2, error=failing_files.KILL)
    code = "import sys\nf = open(sys.argv[1] + '/f', 'wb', 0)\nwhile 1: f.write(b'x')"
    returned, _, matched = _run(preload, tmp_path, fault, code)
    assert (returned, matched) == (-signal.SIGKILL, 2)
    assert (tmp_path / "disk" / "f").read_bytes() == b"x"


def test_counting_fails_nothing(preload, tmp_path):
    code, output, matched = _run(preload, tmp_path, Fault("rename", nth=0), _OPERATIONS)
    assert (code, output, matched) == (0, [], 3)


def test_all_calls_are_counted_at_once(preload, tmp_path):
    code, output, matched = _run(preload, tmp_path, Fault("all", nth=0), _OPERATIONS)
    assert (code, output) == (0, [])
    assert matched == {name: 6 if name == "open" else 3 for name in failing_files.CALLS}
