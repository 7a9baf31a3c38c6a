"""Collects what the cells of a study have measured."""

import csv
import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.games import registry as games
from set_contrastive.games.game import Game
from set_contrastive.games.game import KeyMask
from set_contrastive.games.game import Queries
from set_contrastive.runs import run_folder
from set_contrastive.studies import registry
from set_contrastive.studies import study as study_lib

# Columns of the table, in this order.
COLUMNS = (
    "game",
    "model",
    "vector_dim",
    "seed",
    "kl_nats",
    "top_k_overlap",
    "entropy_bits",
    "num_params",
    "steps",
    "train_seconds",
    "objective",
)


@dataclasses.dataclass(frozen=True)
class Result:
    """A cell and what it has measured.

    Attributes:
      cell: The cell.
      folder: Its run folder.
      config: The experiment that the folder holds, or the study's if it holds none.
      measures: What `metrics.json` holds; None if the cell is not finished.
      problem: Why not, in one line.
    """

    cell: study_lib.Cell
    folder: pathlib.Path
    config: ExperimentConfig
    measures: dict[str, Any] | None
    problem: str = ""

    @property
    def game(self) -> str:
        """Name of the game, or of its data set where that is another."""
        return self.config.game

    @property
    def model(self) -> str:
        """Label of the model, such as `two_tower_d27`."""
        return study_lib.label(self.config)

    def row(self) -> dict[str, Any]:
        """Returns the values of `COLUMNS`; None where nothing has been measured."""
        measures = self.measures or {}
        reads_apart = self.config.model.family != "cross_encoder"
        return {
            "game": self.game,
            "model": self.config.model.family,
            "vector_dim": self.config.model.vector_dim if reads_apart else None,
            "seed": self.config.seed,
            **{name: measures.get(name) for name in COLUMNS[4:8]},
            "steps": measures.get("step"),
            "train_seconds": measures.get("train_seconds"),
            "objective": self.config.objective,
        }

    def scores(self) -> npt.NDArray[np.float32]:
        """Returns the scores of the measured queries, `[n, K]`."""
        found = _load(self.folder / run_folder.scores_file(study_lib.SPLIT))
        return found.astype(np.float32)

    def queries(self) -> Queries:
        """Returns the measured queries, `[n, T]`."""
        found = _load(self.folder / run_folder.queries_file(study_lib.SPLIT))
        return found.astype(np.int32)

    def key_mask(self) -> KeyMask:
        """Returns the matching keys of the measured queries, `[n, K]`."""
        return self.rules.answer(self.queries())

    @property
    def rules(self) -> Game:
        """The game's rules, by what the run folder says of its data set.

        Raises:
          UserError: If it names a game of somebody's own that the study does not name.
        """
        return games.from_file(
            run_folder.read_spec(self.folder).source,
            str(self.folder / run_folder.GAME),
            self.cell.config.game,
        )

    def curve(self) -> list[dict[str, float]]:
        """Returns the measures of each validation."""
        return run_folder.read_curve(self.folder / run_folder.CURVE)

    def provenance(self) -> dict[str, Any]:
        """Returns command, commit, versions and machine; empty if nobody noted them."""
        path = self.folder / run_folder.PROVENANCE
        return run_folder.read_json(path) if path.exists() else {}


@dataclasses.dataclass(frozen=True)
class Results:
    """All cells of a study, finished or not.

    Attributes:
      study: The study.
      seeds: Number of seeds.
      cells: What became of each cell, seed by seed.
    """

    study: study_lib.Study
    seeds: int
    cells: tuple[Result, ...]

    @property
    def finished(self) -> list[Result]:
        """The cells that have been measured."""
        return [result for result in self.cells if result.measures is not None]

    @property
    def games(self) -> list[str]:
        """Names of the games, in the study's order."""
        return list(dict.fromkeys(result.cell.config.game for result in self.cells))

    @property
    def models(self) -> list[str]:
        """Labels of the models, in the study's order."""
        return list(
            dict.fromkeys(study_lib.label(result.cell.config) for result in self.cells)
        )

    def of(self, game: str, model: str) -> list[Result]:
        """Returns the finished cells of a game and a model, one a seed."""
        return [r for r in self.finished if (r.game, r.model) == (game, model)]

    def mean(self, game: str, model: str, measure: str) -> float:
        """Returns a measure's mean over the seeds; NaN if no cell is finished."""
        values = self.values(game, model, measure)
        return float(np.mean(values)) if values else float("nan")

    def values(self, game: str, model: str, measure: str) -> list[float]:
        """Returns a measure of each seed."""
        return [(r.measures or {})[measure] for r in self.of(game, model)]


def collect(workdir: pathlib.Path, study_name: str | None = None) -> Results:
    """Reads the folder of a study.

    Args:
      workdir: The folder.
      study_name: The study, as the user names it; None for one of the project's own.

    Raises:
      UserError: If it is no such folder, holds another study or one of somebody's own
        that the user has not named, or no cell of it is finished.
    """
    path = workdir / run_folder.STUDY
    if not path.exists():
        raise UserError(
            f"workdir {workdir} holds no study: {path} does not exist; make one with "
            "python -m set_contrastive.sweep"
        )
    there = run_folder.read_json(path)
    study = registry.from_file(str(there.get("study")), str(path), study_name)
    seeds = int(there.get("seeds", 1))
    results = Results(
        study,
        seeds,
        tuple(_read(cell, workdir) for cell in study.all_cells("", seeds)),
    )
    if not results.finished:
        raise UserError(
            f"workdir {workdir} has no finished cell of {study.name} to report"
        )
    return results


def _read(cell: study_lib.Cell, workdir: pathlib.Path) -> Result:
    folder = workdir / cell.name
    if not (folder / run_folder.CONFIG).exists():
        return Result(cell, folder, cell.config, None, "not started")
    try:
        config = ExperimentConfig.load(folder / run_folder.CONFIG)
    except UserError as error:
        return Result(cell, folder, cell.config, None, str(error))
    asked = (cell.config.game, study_lib.label(cell.config), cell.config.seed)
    if asked != (config.game, study_lib.label(config), config.seed):
        return Result(cell, folder, cell.config, None, "holds another experiment")
    if not (folder / run_folder.METRICS).exists():
        return Result(cell, folder, config, None, "not finished")
    try:
        measures = run_folder.read_json(folder / run_folder.METRICS)
        if measures["split"] != study_lib.SPLIT or measures["step"] != config.steps:
            return Result(cell, folder, config, None, "not finished")
        float(measures["kl_nats"])
    except (UserError, KeyError, TypeError) as error:
        return Result(cell, folder, config, None, f"half-written: {error}")
    return Result(cell, folder, config, measures)


def _load(path: pathlib.Path) -> npt.NDArray[Any]:
    try:
        found: npt.NDArray[Any] = np.load(path)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    return found


def write_csv(path: pathlib.Path, results: Sequence[Result]) -> None:
    """Writes one row a cell, with the values of `COLUMNS`; empty if not measured."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for result in results:
            row = result.row()
            for name in ("kl_nats", "top_k_overlap", "entropy_bits"):
                if row[name] is not None:
                    row[name] = f"{row[name]:.6g}"
            writer.writerow(row)
