r"""Trains and measures all cells of a study, side by side.

    python -m set_contrastive.sweep --study=cards_27 --workdir=runs/cards_27

A cell is one model on one game with one seed, in a run folder of its own. The same
command skips the cells that are finished and goes on with those that were stopped.
"""

import os
import pathlib
import signal
from types import FrameType

from absl import flags

from set_contrastive.base import command_line
from set_contrastive.base import provenance
from set_contrastive.base.errors import InterruptedRunError
from set_contrastive.base.errors import UserError
from set_contrastive.data import preparation as data_preparation
from set_contrastive.engines import grid
from set_contrastive.engines import local
from set_contrastive.engines import ray_cluster
from set_contrastive.engines.progress import Progress
from set_contrastive.engines.progress import watch
from set_contrastive.studies import registry

_STUDY = flags.DEFINE_string(
    "study",
    "cards_27",
    f"The study: one of {', '.join(registry.names())}, or package.module:STUDY.",
)
_WORKDIR = flags.DEFINE_string(
    "workdir", None, "Folder of the study, with a run folder a cell.", required=True
)
_DATA_DIR = flags.DEFINE_string(
    "data_dir", "data", "Where data sets are; those that are missing are built."
)
_SEEDS = flags.DEFINE_integer("seeds", 1, "Number of seeds, 0 and up.", lower_bound=1)
_ONLY = flags.DEFINE_list(
    "only",
    [],
    "Patterns of the cells to run, such as union_27, */cross_encoder or "
    "set_27/*/seed_0; all by default.",
)
_DRY_RUN = flags.DEFINE_bool(
    "dry_run", False, "List the cells with their estimated time and stop."
)
_ENGINE = flags.DEFINE_enum(
    "engine",
    "local",
    ["local", "ray"],
    "Where cells run: processes of this machine, or tasks of a Ray cluster.",
)
_PARALLEL = flags.DEFINE_integer(
    "parallel",
    None,
    "Cells at a time with engine=local, each with its share of the cores; one a core "
    "by default.",
    lower_bound=1,
)
_RAY_ADDRESS = flags.DEFINE_string(
    "ray_address", "auto", "Address of the Ray cluster; auto for one started here."
)


def _raise_interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def main(argv: list[str]) -> None:
    """Runs the study."""
    del argv
    study = registry.get(_STUDY.value)
    workdir = pathlib.Path(_WORKDIR.value)
    data_dir = os.path.abspath(os.path.expanduser(_DATA_DIR.value))
    cells = grid.choose(study.all_cells(data_dir, _SEEDS.value), _ONLY.value)
    if _DRY_RUN.value:
        print(grid.describe(cells, workdir))
        return
    grid.claim(workdir, _STUDY.value, _SEEDS.value)
    finished = [cell for cell in cells if grid.is_finished(cell, workdir)]
    # The longest first, so that no long one is left alone at the end.
    waiting = sorted(
        (cell for cell in cells if cell not in finished), key=lambda c: -c.minutes
    )
    data_preparation.build_missing({c.config.game: 0 for c in waiting}, data_dir)
    parallel = _PARALLEL.value or len(os.sched_getaffinity(0))
    origin = provenance.describe()
    if _ENGINE.value == "ray":
        events = ray_cluster.run(
            waiting, workdir.absolute(), _RAY_ADDRESS.value, origin
        )
    else:
        events = local.run(waiting, workdir, parallel, origin)
    progress = Progress(study.name, cells, finished, parallel)
    for number in (signal.SIGINT, signal.SIGTERM):  # Even if a shell ignores them.
        signal.signal(number, _raise_interrupt)
    try:
        failed = watch(events, progress, workdir)
    except KeyboardInterrupt:
        progress.close()
        print("stopping: cells save their state", flush=True)
        events.close()
        raise InterruptedRunError(
            f"stopped; the same command goes on from what is saved in {workdir}"
        ) from None
    finally:
        progress.close()  # What is said next stands below the bar.
    if failed:
        raise UserError(
            f"{len(failed)} of {len(cells)} cells failed ({', '.join(failed)}); "
            "the same command tries them again"
        )
    own = "" if _STUDY.value in registry.names() else f"--study={_STUDY.value} "
    print(
        f"All {len(cells)} cells are finished; see them with: "
        f"python -m set_contrastive.report {own}--workdir={workdir} --output=report"
    )


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
