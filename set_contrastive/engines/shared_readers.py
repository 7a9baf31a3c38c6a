"""Cells whose models read queries alike, so that one training serves them all.

A model whose query vectors are solved for, or fitted first, trains its reader alone,
which knows nothing of vectors. Cells that differ in their vectors alone would train the
same weights, bit for bit: the first of them does, and the others take them over and
find their vectors.
"""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Any

from set_contrastive.base import whole_files
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.engines import grid
from set_contrastive.models import families
from set_contrastive.runs import run_folder
from set_contrastive.studies.study import Cell

# What says which vectors there are, and nothing of what reads a query.
_OF_VECTORS = (
    *("family", "query_vector", "vector_dim", "query_vectors", "key_vectors"),
    *("num_readouts", "vector_gain", "key_bias", "aggregate", "smooth_temperature"),
)

# How long a cell takes that trains nothing, at most about: it finds its vectors and
# measures.
_MINUTES = 2.0


def same(one: ExperimentConfig, other: ExperimentConfig) -> bool:
    """Whether two experiments train the same weights."""
    if "learned" in (one.model.query_vector, other.model.query_vector):
        return False
    names = {one.model.family, other.model.family}
    if len(names) > 1 and not names <= families.FAMILIES.keys():
        return False  # What another's own family reads queries by is not known.
    theirs = {name: getattr(other.model, name) for name in _OF_VECTORS}
    model = dataclasses.replace(one.model, **theirs)
    return not dataclasses.replace(one, model=model).differing_fields(other)


def split(
    cells: Sequence[Cell], trained: Sequence[Cell] = ()
) -> tuple[list[Cell], list[Cell]]:
    """Splits cells into those that train and those that then take a reader over.

    Args:
      cells: Of those that train the same weights the first trains.
      trained: Cells that are finished.

    Returns:
      Both, in the order of the cells.
    """
    first: list[Cell] = []
    later: list[Cell] = []
    for cell in cells:
        there = any(same(cell.config, other.config) for other in (*trained, *first))
        (later if there else first).append(cell)
    return first, later


def estimate(cells: Sequence[Cell]) -> list[Cell]:
    """Returns the cells with the minutes that are left where a reader is taken over."""
    _, later = split(cells)
    names = {cell.name for cell in later}
    return [
        dataclasses.replace(cell, minutes=min(cell.minutes, _MINUTES))
        if cell.name in names
        else cell
        for cell in cells
    ]


def find(config: ExperimentConfig, folder: pathlib.Path) -> pathlib.Path | None:
    """Returns a finished run that has the trained weights of an experiment.

    Args:
      config: The experiment.
      folder: Its run folder, `game/label/seed` below that of the study, whose others
        are looked at; none serves a run that has begun to train by itself.
    """
    measured = [row["step"] for row in run_folder.read_curve(folder / run_folder.CURVE)]
    begun = min([*measured, *run_folder.checkpoint_steps(folder)], default=config.steps)
    if begun < config.steps:
        return None
    for there in sorted(folder.parents[1].glob(f"*/{folder.name}")):
        other = grid.read_finished(there)
        if there == folder or other is None or not has_weights(there, other):
            continue
        if same(config, other):
            return there
    return None


def has_weights(folder: pathlib.Path, config: ExperimentConfig) -> bool:
    """Whether a run's last checkpoint is there; measures are kept without, too."""
    return config.steps in run_folder.checkpoint_steps(folder)


def mention(trained: pathlib.Path) -> dict[str, Any]:
    """Returns what the provenance of a run says of the one that trained its reader."""
    measures = whole_files.read_json(trained / run_folder.METRICS)
    return {
        "reader_of": str(trained.relative_to(trained.parents[2])),
        "reader_seconds": measures["train_seconds"],
    }
