"""Collects what the cells of a study have measured."""

import dataclasses
import pathlib

import numpy as np

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.models import families
from set_contrastive.reporting import swept
from set_contrastive.reporting.measured_cell import USUAL
from set_contrastive.reporting.measured_cell import MeasuredCell
from set_contrastive.runs import run_folder
from set_contrastive.studies import factors
from set_contrastive.studies import study as study_lib


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
    cells: tuple[MeasuredCell, ...]

    @property
    def finished(self) -> list[MeasuredCell]:
        """The cells that have been measured."""
        return [result for result in self.cells if result.measures is not None]

    @property
    def games(self) -> list[str]:
        """Names of the games, in the study's order."""
        return list(dict.fromkeys(result.cell.config.game for result in self.cells))

    @property
    def models(self) -> list[str]:
        """Labels of the cells, in the study's order."""
        return list(dict.fromkeys(result.model for result in self.cells))

    @property
    def titles(self) -> dict[str, str]:
        """What each label is called for people."""
        return {result.model: result.cell.title for result in self.cells}

    @property
    def dims(self) -> dict[str, int]:
        """The dimension of each label that stands on the axis of dimensions."""
        return {
            result.model: result.cell.dim
            for result in self.cells
            if result.cell.dim is not None
        }

    def of(self, game: str, model: str) -> list[MeasuredCell]:
        """Returns the finished cells of a game and a label, one per seed."""
        return [r for r in self.finished if (r.game, r.model) == (game, model)]

    def mean(self, game: str, model: str, measure: str) -> float:
        """Returns a measure's mean over the seeds; NaN if no cell is finished."""
        values = self.values(game, model, measure)
        return float(np.mean(values)) if values else float("nan")

    def values(self, game: str, model: str, measure: str) -> list[float]:
        """Returns a measure of each seed."""
        return [(r.measures or {})[measure] for r in self.of(game, model)]

    def share_of_params(self) -> float | None:
        """Returns the largest share that the study's `params_share` asks for, or None.

        The largest model of one family over the smallest of the other, game by game.
        """
        compared = self.study.params_share
        if compared is None:
            return None
        shares = []
        for game in self.games:
            params: dict[str, list[int]] = {compared.family: [], compared.of: []}
            for measured in self.finished:
                if measured.game == game:
                    family = measured.config.model.family
                    count = (measured.measures or {})["num_params"]
                    params.setdefault(family, []).append(count)
            if params[compared.family] and params[compared.of]:
                shares.append(max(params[compared.family]) / min(params[compared.of]))
        return max(shares, default=None)


def collect(workdir: pathlib.Path, study_name: str | None = None) -> Results:
    """Reads the folder of a study.

    Args:
      workdir: The folder.
      study_name: The study, as the user names it; None for the only one that the folder
        holds, if it is one of the project's own.

    Raises:
      UserError: As `swept.find`, or if the study's cells are no experiments, or none is
        finished.
    """
    study, seeds = swept.find(workdir, study_name)
    if not isinstance(study, study_lib.Study):
        raise UserError(f"study {study.name} has no experiments, but trials")
    return read(workdir, study, seeds)


def read(workdir: pathlib.Path, study: study_lib.Study, seeds: int) -> Results:
    """Reads the cells of a study.

    Args:
      workdir: Folder of the study.
      study: The study.
      seeds: Number of seeds.

    Raises:
      UserError: If no cell is finished.
    """
    results = Results(
        study,
        seeds,
        tuple(_read(cell, workdir, study) for cell in study.all_cells("", seeds)),
    )
    if not results.finished:
        raise UserError(
            f"workdir {workdir} has no finished cell of {study.name} to report"
        )
    return results


def _read(
    cell: study_lib.Cell, workdir: pathlib.Path, study: study_lib.Study
) -> MeasuredCell:
    """Returns what a cell's folder holds, if it is of the same experiment.

    Factors must be the same; recipes may have changed since it was trained.
    """
    folder = workdir / cell.name
    if not (folder / run_folder.CONFIG).exists():
        return MeasuredCell(cell, folder, cell.config, None, "not started")
    try:
        config = ExperimentConfig.load(folder / run_folder.CONFIG)
    except UserError as error:
        return MeasuredCell(cell, folder, cell.config, None, str(error))
    names = ["game", "objective", "seed"]
    names += [name for name in study.factors if name not in USUAL]
    if _label(cell.config) != _label(config) or any(
        factors.value(cell.config, name) != factors.value(config, name)
        for name in names
    ):
        return MeasuredCell(cell, folder, cell.config, None, "holds another experiment")
    if not (folder / run_folder.METRICS).exists():
        return MeasuredCell(cell, folder, config, None, "not finished")
    try:
        measures = whole_files.read_json(folder / run_folder.METRICS)
        if measures["step"] != config.steps:
            return MeasuredCell(cell, folder, config, None, "not finished")
        if (split := measures["split"]) != study_lib.SPLIT:
            reason = f"measured last on the {split} split; the sweep measures it again"
            return MeasuredCell(cell, folder, config, None, reason)
        float(measures["kl_nats"])
    except (UserError, KeyError, TypeError) as error:
        return MeasuredCell(cell, folder, config, None, f"half-written: {error}")
    return MeasuredCell(cell, folder, config, measures)


def _label(config: ExperimentConfig) -> str:
    return families.get(config.model.family).label_of(config.model)
