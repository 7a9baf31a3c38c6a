"""The files of a run folder, read and written without TensorFlow.

A run folder holds:

- `config.json`: the experiment
- `game.json`: the game's specification
- `checkpoints/`: the state of the run
- `tensorboard/`: event files
- `curve.jsonl`: the measures of each validation, a line each
- `queries_<split>.npy`: the queries that were measured, int32 `[n, T]`
- `scores_<split>.npy`: their scores, float32 `[n, K]`
- `provenance.json`: command, commit, versions and machine, of cells of a study
- `metrics.json`: the measures, written last
"""

import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import GameSpec

CONFIG = "config.json"
GAME = "game.json"
CURVE = "curve.jsonl"
METRICS = "metrics.json"
PROVENANCE = "provenance.json"
STUDY = "study.json"  # In the folder of a study, which holds run folders.


def queries_file(split: str) -> str:
    """Returns the name of the file of a split's queries."""
    return f"queries_{split}.npy"


def scores_file(split: str) -> str:
    """Returns the name of the file of a split's scores."""
    return f"scores_{split}.npy"


def write_json(path: pathlib.Path, values: Any) -> None:
    """Writes JSON, whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(json.dumps(values, indent=2) + "\n")
    partial.replace(path)


def read_json(path: pathlib.Path) -> dict[str, Any]:
    """Reads a JSON object.

    Raises:
      UserError: If the file is missing or holds no JSON object.
    """
    try:
        values = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist") from error
    except ValueError as error:
        raise UserError(f"{path} is corrupt: {error}") from error
    if not isinstance(values, dict):
        raise UserError(f"{path} is corrupt: expected an object, got {values!r:.40}")
    return values


def read_spec(folder: pathlib.Path) -> GameSpec:
    """Reads the specification of a run's game.

    Raises:
      UserError: If the file is missing or holds no specification.
    """
    path = folder / GAME
    try:
        return GameSpec.from_dict(read_json(path))
    except (TypeError, KeyError) as error:
        raise UserError(f"{path} is corrupt: {error}") from error


def append_to_curve(path: pathlib.Path, row: Mapping[str, float]) -> None:
    """Appends one validation, `step` and its measures, to the curve."""
    with path.open("a") as file:
        file.write(json.dumps(dict(row)) + "\n")


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
