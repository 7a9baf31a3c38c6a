"""The files of a run folder, read and written without TensorFlow.

A run folder holds:

- `config.json`: the experiment
- `game.json`: the game's specification
- `lock`: who writes here (run_lock.py)
- `checkpoints/`: the state of the run
- `tensorboard/`: event files
- `curve.jsonl`: the measures of each validation, one line for each
- `queries_<split>.npy`: the queries that were measured, int32 `[n, T]`
- `scores_<split>.npy`: their scores, float32 `[n, K]`
- `provenance.json`: command, commit, versions and machine, of cells of a study
- `metrics.json`: the measures, written last
"""

import json
import os
import pathlib
from collections.abc import Mapping

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.base.errors import naming_file
from set_contrastive.games.game import GameSpec

CONFIG = "config.json"
GAME = "game.json"
CURVE = "curve.jsonl"
METRICS = "metrics.json"
PROVENANCE = "provenance.json"
STUDY = "study.json"  # In a folder of run folders: the studies that they are of.


def checkpoint_steps(folder: pathlib.Path) -> list[int]:
    """Returns the steps of a run's checkpoints, in no order; empty if it has none."""
    names = (path.stem for path in (folder / "checkpoints").glob("step-*.index"))
    steps = (name.removeprefix("step-") for name in names)
    return [int(step) for step in steps if step.isdecimal()]


def queries_file(split: str) -> str:
    """Returns the name of the file of a split's queries."""
    return f"queries_{split}.npy"


def scores_file(split: str) -> str:
    """Returns the name of the file of a split's scores."""
    return f"scores_{split}.npy"


def read_studies(path: pathlib.Path) -> dict[str, int]:
    """Returns the number of seeds of each study that was swept in a folder.

    Raises:
      UserError: If the file is missing or holds something else.
    """
    there = whole_files.read_json(path)
    # Before two studies could share a folder, it named its only one.
    old = {there["study"]: there.get("seeds", 1)} if "study" in there else None
    studies = there.get("studies", old)
    if not isinstance(studies, dict) or not studies:
        raise UserError(f"{path} is corrupt: it names no studies")
    return {str(name): int(seeds) for name, seeds in studies.items()}


def read_spec(folder: pathlib.Path) -> GameSpec:
    """Reads the specification of a run's game.

    Raises:
      UserError: If the file is missing or holds no specification.
    """
    path = folder / GAME
    try:
        return GameSpec.from_dict(whole_files.read_json(path))
    except (TypeError, KeyError) as error:
        raise UserError(f"{path} is corrupt: {error}") from error


def append_to_curve(path: pathlib.Path, row: Mapping[str, float]) -> None:
    """Appends one validation, `step` and its measures, to the curve.

    When this returns, the row is on the disk. A line that was torn before, by a full
    disk or a loss of power, spoils no other: the row starts a line of its own.
    """
    with naming_file(path), path.open("a+b") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
        start = b"" if file.read() in (b"", b"\n") else b"\n"
        file.write(start + json.dumps(dict(row)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_curve(path: pathlib.Path) -> list[dict[str, float]]:
    """Returns the validations in the order of their steps, the last one of each step.

    A run that was killed repeats steps, and leaves perhaps half a line, which is left
    out. Empty if there is no such file.
    """
    rows: dict[float, dict[str, float]] = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
            rows[row["step"]] = row
        except (ValueError, KeyError, TypeError):
            continue
    return [rows[step] for step in sorted(rows)]
