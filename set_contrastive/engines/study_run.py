"""A sweep: the cells of a study that are left, on an engine, until all have ended."""

import functools
import os
import pathlib
import signal
from collections.abc import Generator, Iterable, Sequence
from types import FrameType
from typing import Any

from set_contrastive.base import provenance
from set_contrastive.base.errors import InterruptedRunError
from set_contrastive.base.errors import UserError
from set_contrastive.engines import compiled_programs
from set_contrastive.engines import grid
from set_contrastive.engines import kinds
from set_contrastive.engines import local
from set_contrastive.engines import ray_cluster
from set_contrastive.engines.event import Event
from set_contrastive.engines.progress import Progress
from set_contrastive.engines.progress import watch
from set_contrastive.engines.sweep_config import SweepConfig
from set_contrastive.runs import run_folder
from set_contrastive.runs import run_lock
from set_contrastive.studies import registry


def run(config: SweepConfig) -> None:
    """Trains and measures the cells of a study that are not finished.

    Prints what happens, or with `dry_run` what there is to do.

    Raises:
      UserError: If the study, the folder or the machine is not as asked for, another
        sweep is at work in the folder, or cells failed.
      InterruptedRunError: If a signal came; the cells have saved their state.
    """
    kind = kinds.of(config)
    workdir = pathlib.Path(config.workdir)
    cells = kind.cells(config.seeds, config.only)
    if config.dry_run:
        print(grid.describe(cells, lambda cell: kind.is_finished(cell, workdir)))
        return
    with run_lock.hold(workdir):
        _sweep(config, kind, cells, workdir)


def _sweep(
    config: SweepConfig, kind: kinds.Kind, cells: Sequence[Any], workdir: pathlib.Path
) -> None:
    finished = [cell for cell in cells if kind.is_finished(cell, workdir)]
    grid.claim(workdir, config.study, config.seeds)
    # The longest first, so that no long one is left alone at the end.
    waiting = sorted(
        (cell for cell in cells if cell not in finished), key=lambda c: -c.minutes
    )
    turns = kind.turns(waiting, finished, workdir)
    events, at_a_time = _start(config, kind, turns, workdir)
    kind.prepare(waiting)
    progress = Progress(kind.study.name, cells, finished, at_a_time)
    failed = _run(events, progress, workdir, kind)
    if failed:
        raise UserError(
            f"{len(failed)} of {len(cells)} cells failed ({', '.join(failed)}); "
            "the same command tries them again"
        )
    only = len(run_folder.read_studies(workdir / run_folder.STUDY)) == 1
    ours = config.study in registry.names()
    own = "" if only and ours else f"--study={config.study} "
    print(
        f"All {len(cells)} cells are finished; see them with: "
        f"python -m set_contrastive.report {own}--workdir={workdir} --output=report"
    )


def _start(
    config: SweepConfig,
    kind: kinds.Kind,
    turns: Sequence[Sequence[Any]],
    workdir: pathlib.Path,
) -> tuple[Generator[Event, None, None], int]:
    """Returns what will happen, and how many cells run at a time."""
    origin = provenance.describe()
    if config.engine == "ray":
        address, work = config.ray_address, functools.partial(kind.work, threads=1)
        return (
            _in_turn(
                ray_cluster.run(cells, workdir.absolute(), address, origin, work)
                for cells in turns
                if cells
            ),
            len(os.sched_getaffinity(0)),
        )
    compiled_programs.share(workdir)
    # Nobody looks for GPUs if there is nothing left to do.
    shares = local.shares(config.parallel) if any(turns) else []
    events = _in_turn(
        local.run(cells, workdir, shares, origin, kind.work) for cells in turns
    )
    return events, max(len(shares), 1)


def _in_turn(
    engines: Iterable[Generator[Event, None, None]],
) -> Generator[Event, None, None]:
    """Yields what happens on one after the other; when closed, closes the present."""
    for events in engines:
        yield from events


def _run(
    events: Generator[Event, None, None],
    progress: Progress,
    workdir: pathlib.Path,
    kind: kinds.Kind,
) -> list[str]:
    """Watches until all cells have ended; returns those that failed."""
    for number in (signal.SIGINT, signal.SIGTERM):  # Even if a shell ignores them.
        signal.signal(number, _raise_interrupt)
    try:
        return watch(events, progress, workdir, kind.told)
    except KeyboardInterrupt:
        progress.close()
        print("stopping: cells save their state", flush=True)
        events.close()
        raise InterruptedRunError(
            f"stopped; the same command goes on from what is saved in {workdir}"
        ) from None
    finally:
        progress.close()  # What is said next stands below the bar.


def _raise_interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt
