"""The cells of a study that a sweep is asked for, and the folder that they share."""

import fnmatch
import pathlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.engines.event import Cell as AnyCell
from set_contrastive.runs import run_folder
from set_contrastive.studies.study import SPLIT
from set_contrastive.studies.study import Cell

T = TypeVar("T", bound=AnyCell)


def choose(cells: Sequence[T], patterns: Sequence[str]) -> list[T]:
    """Returns the cells that match one of the patterns; all if there are none.

    A pattern such as `union_27` or `*/*_d27` matches all below it.

    Raises:
      UserError: If a pattern matches no cell.
    """
    chosen = set()
    for pattern in patterns or ["*"]:
        matching = {
            cell.name
            for cell in cells
            if fnmatch.fnmatchcase(cell.name, pattern)
            or fnmatch.fnmatchcase(cell.name, f"{pattern}/*")
        }
        if not matching:
            raise UserError(
                f"only: {pattern!r} matches no cell; cells are named like "
                f"{cells[0].name}, see --dry_run"
            )
        chosen |= matching
    return [cell for cell in cells if cell.name in chosen]


def is_finished(cell: Cell, workdir: pathlib.Path) -> bool:
    """Whether the cell's run folder holds the measures of this very experiment."""
    there = read_finished(workdir / cell.name)
    return there is not None and not cell.config.differing_fields(there)


def read_finished(folder: pathlib.Path) -> ExperimentConfig | None:
    """Returns the experiment of a run that was measured at its end; None if not so."""
    try:
        config = ExperimentConfig.load(folder / run_folder.CONFIG)
        measures = whole_files.read_json(folder / run_folder.METRICS)
    except UserError:
        return None  # Not finished, or spoiled: it is trained anew.
    end = (measures.get("split"), measures.get("step"))
    return config if end == (SPLIT, config.steps) else None


def claim(workdir: pathlib.Path, study: str, seeds: int) -> None:
    """Makes the study's folder, or notes the study in one that others have made.

    Studies that share a folder share the cells that both ask for.

    Raises:
      UserError: If the folder holds a single run.
    """
    path = workdir / run_folder.STUDY
    swept = {}
    if path.exists():
        swept = run_folder.read_studies(path)
    elif (workdir / run_folder.CONFIG).exists():
        raise UserError(f"workdir {workdir} holds a single run, not a study")
    workdir.mkdir(parents=True, exist_ok=True)
    seeds = max(seeds, swept.get(study, 1))
    whole_files.write_json(path, {"studies": {**swept, study: seeds}})


def describe(cells: Sequence[T], is_finished: Callable[[T], bool]) -> str:
    """Returns the cells with their estimated time, one line for each."""
    lines = [f"{'cell':<40} {'steps':>6} {'minutes':>8}  state"]
    left = 0.0
    for cell in cells:
        finished = is_finished(cell)
        left += 0.0 if finished else cell.minutes
        steps = cell.config.steps if isinstance(cell, Cell) else ""
        state = "finished" if finished else "to do"
        lines.append(f"{cell.name:<40} {steps:>6} {cell.minutes:>8.1f}  {state}")
    lines.append(f"{len(cells)} cells, about {left:.0f} minutes of one core left to do")
    return "\n".join(lines)
