"""Set-up that all tests share."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest
import tensorflow as tf

from set_contrastive.base import kept_memory
from tests import failing_files
from tests.no_skips import pytest_addoption  # noqa: F401 - Hooks, by their names.
from tests.no_skips import pytest_make_collect_report  # noqa: F401 - As above.
from tests.no_skips import pytest_runtest_makereport  # noqa: F401 - As above.

_ROOT = pathlib.Path(__file__).parents[1]

kept_memory.keep()  # As in commands: it is faster.

# Logical CPU devices stand for GPUs; they can only be made before TensorFlow starts.
if "TF_CONFIG" not in os.environ:
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 4,
    )


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Prepared data sets, built for real: wildcard_27 and a small union_27."""
    from data_builders.card_games import card_games_dataset_builder as builder

    folder = str(tmp_path_factory.mktemp("data"))
    small = builder.CardGamesConfig(
        name="union_27_small", game="union_27", train_size=2048
    )
    for config in ("wildcard_27", small):
        builder.Builder(config=config, data_dir=folder).download_and_prepare()
    return folder


@contextlib.contextmanager
def _command_server(preloaded=None):
    """Yields a function that runs a command and returns code, output and errors."""
    with subprocess.Popen(
        [sys.executable, _ROOT / "tests" / "command_server.py"],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT), **(preloaded or {})},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:

        def run(environment, *command):
            request = json.dumps([environment, *map(str, command)])
            print(request, file=server.stdin, flush=True)
            return json.loads(server.stdout.readline())

        yield run
        server.stdin.close()


@pytest.fixture(scope="session")
def run_quickly():
    """Runs a command in a fork of a process that has imported TensorFlow.

    Takes a module and its arguments, and as keywords what is set in its environment;
    returns exit code, output and errors.
    """
    with _command_server() as run:
        yield lambda *command, **environment: run(environment, *command)


@pytest.fixture(scope="session")
def run_with_fault(tmp_path_factory):
    """Runs a command, as `run_quickly`, whose file operations fail.

    Takes a `failing_files.Fault`, the folder below which operations fail, a module and
    its arguments; returns exit code, output, errors and for each call the number of
    operations that matched. A fault with `nth=0` lets all of them pass, which tells how
    many there are.
    """
    folder = tmp_path_factory.mktemp("failing_files")
    counter = folder / "count"
    with _command_server(failing_files.compile_library(folder)) as run:

        def run_one(fault, below, *command):
            environment = fault.environment(below, counter)
            return (*run(environment, *command), failing_files.count(counter))

        yield run_one


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A module that leaves a file when it is imported, and where that file would be."""
    name, mark = f"trap_{tmp_path.name}", tmp_path / "was_imported"
    (tmp_path / f"{name}.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(tmp_path)
    return name, mark


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 1 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small file system needs the right to mount one")
    yield folder
    subprocess.run(["umount", folder], check=True)
