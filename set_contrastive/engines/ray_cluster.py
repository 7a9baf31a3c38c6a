"""Runs cells as tasks of a Ray cluster."""

import logging
import os
import pathlib
import signal
import socket
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, TypeVar

from set_contrastive.base import failures
from set_contrastive.base.errors import UserError
from set_contrastive.engines.event import PATIENCE_S
from set_contrastive.engines.event import Cell
from set_contrastive.engines.event import Event
from set_contrastive.engines.event import Work

T = TypeVar("T")

_RETRIES = 3
_PATIENCE_TO_CONNECT_S = 5.0


def run(
    cells: Sequence[Cell],
    workdir: pathlib.Path,
    address: str,
    origin: Mapping[str, Any],
    work: Work,
) -> Generator[Event, None, None]:
    """Runs cells as tasks of an existing Ray cluster, one core each.

    Where the cluster has GPUs, each task has one as well: Ray hides the others from it.

    All machines of the cluster must have this package installed and see `workdir` and
    the data sets under the same paths. A task whose worker dies is started again by
    Ray and goes on from its last checkpoint. Closing the iterator cancels the tasks.

    Args:
      cells: What to run.
      workdir: The study's folder.
      address: Of the cluster; `auto` for the one that was started on this machine.
      origin: What `provenance.describe` says of the sweep.
      work: What a task does; a function that can be pickled.

    Yields:
      What happens, as it happens.

    Raises:
      UserError: If Ray is not installed or no cluster answers.
    """
    ray = _connect(address)
    task = ray.remote(
        num_cpus=1,
        num_gpus=int(_has_gpus(ray)),
        max_calls=1,  # A process of its own for each cell.
        max_retries=_RETRIES,
        runtime_env={"env_vars": _environment()},
    )(_start)
    running = {}
    try:
        for cell in cells:
            folder = str(workdir / cell.name)
            running[task.remote(work, dict(cell.values), folder, origin)] = cell
            yield Event("started", cell)
        while running:
            done, _ = ray.wait(list(running), timeout=1.0)
            for reference in done:
                yield _outcome(ray, reference, running.pop(reference))
            yield Event("tick")
    finally:
        for reference in running:
            ray.cancel(reference)
        ray.wait(list(running), num_returns=len(running), timeout=PATIENCE_S)
        ray.shutdown()


def call(
    work: Callable[[T], Any], items: Sequence[T], address: str
) -> Generator[tuple[T, Any], None, None]:
    """Calls a function with each item as a task of the cluster, one core each.

    All machines must have this package installed and see the same files.

    Yields:
      An item and what the function returned, as calls end.

    Raises:
      UserError: If Ray is not installed, no cluster answers, a task is lost more often
        than it is started again, or the function raises it.
    """
    ray = _connect(address)
    task = ray.remote(
        num_cpus=1, max_retries=_RETRIES, runtime_env={"env_vars": _environment()}
    )(work)
    running = {task.remote(item): item for item in items}
    try:
        while running:
            done, _ = ray.wait(list(running), timeout=1.0)
            for reference in done:
                item = running.pop(reference)
                try:
                    yield item, ray.get(reference)
                except ray.exceptions.RayTaskError as error:
                    raise error.cause from error
                except ray.exceptions.RayError as error:  # Such as of a lost worker.
                    reason = " ".join(str(error).split())[:300]
                    raise UserError(f"a task of Ray failed: {reason}") from error
    finally:
        # That ends all tasks. Were they cancelled, Ray would abort if one of them ended
        # at that very time (its pull request 54798).
        ray.shutdown()


def _connect(address: str) -> Any:
    """Returns Ray, connected to a cluster."""
    try:
        import ray
    except ImportError as error:
        raise UserError(
            "engine=ray needs Ray; install it with: pip install 'set_contrastive[ray]'"
        ) from error
    _check_answers(address)
    terminated = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UserError(f"no Ray cluster at ray_address={address}: {error}") from error
    if threading.current_thread() is threading.main_thread():
        # Ray has put its own there, which shows its stack and saves nothing.
        signal.signal(signal.SIGTERM, terminated)
    return ray


def _outcome(ray: Any, reference: Any, cell: Cell) -> Event:
    """Returns how a task that has ended ended."""
    try:
        failure = ray.get(reference)
    except ray.exceptions.RayError as error:
        failure = " ".join(str(error).split())[:300]
    return Event("failed", cell, failure) if failure else Event("finished", cell)


def _environment() -> dict[str, str]:
    """Returns what workers need to find what this process imports."""
    path = os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])
    return {"PYTHONPATH": path}


def _has_gpus(ray: Any) -> bool:
    return ray.cluster_resources().get("GPU", 0) >= 1  # type: ignore[no-any-return]  # Ray's.


def _check_answers(address: str) -> None:
    """Raises UserError if nobody listens at `host:port`, for which Ray waits long."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal() or "/" in address:
        return  # Such as `auto` or `ray://host:port`, which Ray looks up itself.
    try:
        socket.create_connection((host, int(port)), _PATIENCE_TO_CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise UserError(f"no Ray cluster at ray_address={address}: {error}") from error


def _start(
    work: Work, values: Mapping[str, Any], folder: str, origin: Mapping[str, Any]
) -> str | None:
    """Runs in a Ray worker; returns why the cell failed."""
    try:
        work(values, folder, origin)
    except Exception as error:
        message = failures.describe(error)
        if message is None:
            raise
        return message
    return None
