"""Runs workers as processes of this machine, which speak over the loopback."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from typing import Any

from set_contrastive.base.errors import UserError

_WORKER = "set_contrastive.foundations.exchange.worker"


def free_addresses(count: int) -> list[str]:
    """Returns addresses of this machine that nobody listens to."""
    servers = [socket.create_server(("localhost", 0)) for _ in range(count)]
    found = [f"localhost:{server.getsockname()[1]}" for server in servers]
    for server in servers:
        server.close()
    return found


def run(order: dict[str, Any], processes: int, limit_s: float) -> dict[str, Any]:
    """Returns what the first of the processes finds; see `worker.measure`.

    Args:
      order: What to do.
      processes: Number of processes, which share the replicas.
      limit_s: Seconds after which they are ended.

    Raises:
      UserError: If one fails or does not end in time.
    """
    addresses = free_addresses(processes)
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(_start(order, addresses, index))
            for index in range(processes)
        ]
        try:
            told = [process.communicate(timeout=limit_s) for process in started]
        except subprocess.TimeoutExpired as error:
            for process in started:  # The others wait for one that has failed.
                if process.poll():
                    _check(process, process.communicate()[1])
            raise UserError(
                f"replicas did not end within {limit_s:.0f} seconds"
            ) from error
        finally:
            for process in started:
                process.kill()
    for process, (_, errors) in zip(started, told, strict=True):
        _check(process, errors)
    found: dict[str, Any] = json.loads(told[0][0].splitlines()[-1])
    return found


def _check(process: subprocess.Popen[str], errors: str) -> None:
    """Raises UserError with the last line that a failed process has said."""
    if process.returncode:
        last = (errors.strip().splitlines() or ["without a word"])[-1]
        raise UserError(f"a replica's process ended: {last}")


def _start(
    order: dict[str, Any], addresses: list[str], index: int
) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if k != "TF_CONFIG"}
    if len(addresses) > 1:
        task = {"type": "worker", "index": index}
        cluster = {"cluster": {"worker": addresses}, "task": task}
        environment["TF_CONFIG"] = json.dumps(cluster)
    return subprocess.Popen(
        [sys.executable, "-m", _WORKER, json.dumps(order)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
