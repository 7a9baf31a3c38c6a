"""Runs function calls side by side: processes of this machine, or a Ray cluster."""

import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from multiprocessing import forkserver
from multiprocessing import resource_tracker
from types import FrameType
from typing import Any, TypeVar

from set_contrastive.base.errors import UserError
from set_contrastive.engines import ray_cluster

T = TypeVar("T")

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run(
    work: Callable[[T], Any],
    items: Sequence[T],
    engine: str = "local",
    parallel: int | None = None,
    ray_address: str = "auto",
    preload: Sequence[str] = (),
) -> Generator[tuple[T, Any], None, None]:
    """Calls a function with each item, and yields what it returns as it ends.

    Closing the iterator ends the processes at once, and so does an exception such as
    KeyboardInterrupt. They end as well when this process is killed.

    Args:
      work: The function; it is pickled, as are its arguments and results.
      items: Its arguments.
      engine: `local` or `ray`.
      parallel: Calls at a time on this machine; one for each core by default.
      ray_address: Of the Ray cluster.
      preload: Modules that are imported once for all processes of this machine; that of
        the function is among them. They must not start threads.

    Yields:
      An item and its result.

    Raises:
      UserError: If the cluster is not there, a process dies, or the function raises it.
    """
    if engine == "ray":
        yield from ray_cluster.call(work, items, ray_address)
        return
    workers = min(parallel or len(os.sched_getaffinity(0)), len(items))
    if workers <= 1:
        for item in items:
            yield item, work(item)
        return
    # Not forked from here: the threads of BLAS and faiss do not survive that.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*preload, work.__module__])
    theirs, ours = context.Pipe(duplex=False)
    pool = concurrent.futures.ProcessPoolExecutor(
        workers, context, _end_with, (theirs,)
    )
    try:
        with _one_thread(), _undisturbed():
            _start_server()
            waiting = {pool.submit(work, item): item for item in items}
        for done in concurrent.futures.as_completed(waiting):
            yield waiting[done], done.result()
    except (BrokenProcessPool, MemoryError) as error:
        raise UserError(
            f"one of {workers} processes died, as it does when there is too little "
            "memory (fewer side by side need less, see parallel), or when a script "
            "does not start its work under if __name__ == '__main__'"
        ) from error
    finally:
        ours.close()
        pool.shutdown(wait=True, cancel_futures=True)
        theirs.close()


def _end_with(pipe: connection.Connection) -> None:
    """Ends this process when the other end of a pipe is closed, if only by a kill."""
    os.setpgid(0, 0)  # Signals to a group come through the process that started this.
    threading.Thread(target=_wait_and_end, args=(pipe,), daemon=True).start()


def _wait_and_end(pipe: connection.Connection) -> None:
    connection.wait([pipe])
    os._exit(1)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Leaves each process that starts meanwhile one core for its matrix products."""
    kept = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Delivers SIGINT and SIGTERM when the processes have started, as far as one can.

    What is stopped in between leaves processes that miss it and say so. A second signal
    does not wait.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Signals never come here.
        return
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        del frame
        if received:
            raise KeyboardInterrupt
        received.append(number)

    before = {n: signal.signal(n, note) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for waited in received:
        signal.raise_signal(waited)


def _start_server() -> None:
    """Starts what processes are forked from, which never get the terminal's Ctrl-C.

    They would show what they were importing. Starting the tracker of resources unblocks
    the signal, so it comes first.
    """
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
