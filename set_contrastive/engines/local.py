"""Runs cells as processes of this machine."""

import contextlib
import multiprocessing
import os
import pathlib
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from multiprocessing import connection
from typing import Any

from set_contrastive.base import failures
from set_contrastive.engines.event import PATIENCE_S
from set_contrastive.engines.event import Cell
from set_contrastive.engines.event import Event
from set_contrastive.engines.event import Work
from set_contrastive.engines.shares import Share
from set_contrastive.engines.shares import deal
from set_contrastive.engines.shares import find_gpus

LOG = "train.log"
# What the process that all others are forked from imports: TensorFlow, which takes five
# seconds. Forking is sound because an import of TensorFlow only loads its code: the
# driver of CUDA is initialized when somebody first looks for devices, and nobody does
# in that process. tests/engines/local_test.py watches a driver for that.
_PRELOADED = ["set_contrastive.base.command", "set_contrastive.runs.experiment"]


def shares(parallel: int | None) -> list[Share]:
    """Returns what each of the cells that run at a time gets of this machine.

    Args:
      parallel: Number of cells at a time; none for one per GPU, or one per core where
        there is no GPU.

    Raises:
      UserError: If there are GPUs, but fewer than `parallel`.
    """
    return deal(parallel, find_gpus(_context()))


def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def run(
    cells: Sequence[Cell],
    workdir: pathlib.Path,
    shares: Sequence[Share],
    origin: Mapping[str, Any],
    work: Work,
) -> Generator[Event, None, None]:
    """Runs cells in processes of this machine, each with its share of it.

    Processes are forked from one that has imported TensorFlow already, but has not
    looked for devices. What a cell prints goes to `train.log` in its run folder.
    Closing the iterator stops the cells that run, with their state saved.

    Args:
      cells: What to run, in this order.
      workdir: The study's folder.
      shares: What each of the cells that run at a time may use.
      origin: What `provenance.describe` says of the sweep.
      work: What a cell's process does; a function that can be pickled.

    Yields:
      What happens, as it happens.
    """
    context = _context()
    waiting, running = deque(cells), list[_Process]()
    free = list(shares)
    try:
        while waiting or running:
            while waiting and free:
                cell, share = waiting.popleft(), free.pop()
                running.append(_Process(context, cell, workdir, share, origin, work))
                yield Event("started", cell)
            connection.wait([child.process.sentinel for child in running], timeout=1.0)
            for child in [c for c in running if not c.process.is_alive()]:
                running.remove(child)
                free.append(child.share)
                yield child.outcome()
            yield Event("tick")
    finally:
        for child in running:
            child.process.terminate()
        deadline = time.monotonic() + PATIENCE_S
        for child in running:
            child.process.join(max(0.0, deadline - time.monotonic()))
            child.process.kill()


class _Process:
    """A cell in a process of this machine."""

    def __init__(
        self,
        context: Any,
        cell: Cell,
        workdir: pathlib.Path,
        share: Share,
        origin: Mapping[str, Any],
        work: Work,
    ):
        self.cell = cell
        self.share = share
        folder = workdir / cell.name
        self._errors, theirs = context.Pipe(duplex=False)
        self.process = context.Process(
            target=_start,
            args=(work, dict(cell.values), str(folder), share, origin, theirs),
            name=cell.name,
        )
        self.process.start()
        theirs.close()
        self._log = folder / LOG

    def outcome(self) -> Event:
        """Returns how a process that has ended ended."""
        code = self.process.exitcode
        with contextlib.suppress(EOFError):
            return Event("failed", self.cell, self._errors.recv())
        if code == 0:
            return Event("finished", self.cell)
        ended = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        return Event("failed", self.cell, f"{ended}; see {self._log}")


def _start(
    work: Work,
    values: Mapping[str, Any],
    folder: str,
    share: Share,
    origin: Mapping[str, Any],
    errors: connection.Connection,
) -> None:
    """Runs in the process of a cell; sends one line if it fails."""
    os.setpgid(0, 0)  # The terminal's Ctrl-C comes through the sweep, once.
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    share.take()
    try:
        _log_to(pathlib.Path(folder) / LOG)
        work(values, folder, origin)
        return
    except Exception as error:
        message = failures.describe(error)
        if message is None:
            traceback.print_exc()
            first = next(iter(str(error).splitlines()), "")
            message = f"{type(error).__name__}: {first}; see {folder}/{LOG}"
        else:
            print(message, file=sys.stderr, flush=True)
    with contextlib.suppress(BrokenPipeError):  # The sweep may be gone.
        errors.send(message)


def _log_to(path: pathlib.Path) -> None:
    """Sends what this process prints to a file, and nothing before there is one."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # The sweep itself says why there is no file.
        os.dup2(nowhere, stream)
    path.parent.mkdir(parents=True, exist_ok=True)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for stream in (1, 2):
        os.dup2(log, stream)


def _stop_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
