"""A cell of a study and what it has measured, read from its run folder."""

import dataclasses
import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.games import registry as games
from set_contrastive.games.game import Game
from set_contrastive.games.game import KeyMask
from set_contrastive.games.game import Queries
from set_contrastive.models import families
from set_contrastive.runs import run_folder
from set_contrastive.studies import factors
from set_contrastive.studies import measures as measures_lib
from set_contrastive.studies import study as study_lib

# What a row of the table takes from metrics.json as it stands there.
_MEASURES = ("kl_nats", "top_k_overlap", "entropy_bits", "num_params")
# Factors that have a column in the table of any study.
USUAL = ("game", "model", "vector_dim", "steps", "objective")


@dataclasses.dataclass(frozen=True)
class MeasuredCell:
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
        """Label of the cell, such as `two_tower_d27`."""
        return self.cell.label

    def factor(self, name: str) -> Any:
        """Returns the value of a factor of the study."""
        return factors.value(self.cell.config, name)

    def measure(self, name: str) -> float | None:
        """Returns one of `measures.MEASURES`; None if the cell does not have it."""
        of = measures_lib.get(name).of
        return of(self.measures or {}, self.curve(), self.config)

    def row(self, study: study_lib.Study) -> dict[str, Any]:
        """Returns the row of the table; None where nothing has been measured.

        Args:
          study: Its factors and measures have a column each, behind the usual ones.
        """
        measures = self.measures or {}
        family = families.get(self.config.model.family)
        dim = self.config.model.vector_dim if family.uses_vector_dim else None
        return {
            "game": self.game,
            "model": family.name,
            "vector_dim": dim,
            "seed": self.config.seed,
            **{name: measures.get(name) for name in _MEASURES},
            "steps": measures.get("step"),
            "train_seconds": measures.get("train_seconds"),
            "objective": self.config.objective,
            **{
                name: factors.spelled(name, self.factor(name))
                for name in study.factors
                if name not in USUAL
            },
            **{name: self.measure(name) for name in study.measures},
        }

    @property
    def has_scores(self) -> bool:
        """Whether the folder holds scores beside the measures."""
        return (self.folder / run_folder.scores_file(study_lib.SPLIT)).exists()

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
        return whole_files.read_json(path) if path.exists() else {}

    def own_seconds(self) -> float:
        """Returns what training took, without what another cell has done for it."""
        seconds = (self.measures or {})["train_seconds"]
        return float(seconds - self.provenance().get("reader_seconds", 0.0))


def _load(path: pathlib.Path) -> npt.NDArray[Any]:
    try:
        found: npt.NDArray[Any] = np.load(path)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    return found
