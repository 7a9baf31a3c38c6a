"""A Ray cluster of one node, of this machine, for tests."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def started(*more):
    """Starts a Ray cluster of one node with two cores; gives its address."""
    ray = pathlib.Path(sys.executable).with_name("ray")
    port = _free_port()
    process = subprocess.Popen(
        [ray, "start", "--head", "--block", f"--port={port}", "--num-cpus=2", *more]
        # Clusters of tests that run at the same time take different ports.
        + [f"--ray-client-server-port={_free_port()}", "--min-worker-port=0"]
        + ["--max-worker-port=0", f"--dashboard-agent-listen-port={_free_port()}"]
        + ["--include-dashboard=false", "--disable-usage-stats"],
        env=os.environ | {"RAY_DISABLE_IMPORT_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for line in process.stdout:
            if "Ray runtime started" in line:
                break
        else:
            raise AssertionError(f"Ray ended with exit code {process.wait()}")
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()  # `ray start` then ends what it has started.
        process.communicate(timeout=60)
