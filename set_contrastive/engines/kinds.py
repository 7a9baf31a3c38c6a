"""What a sweep must know of its cells: experiments, or trials of a function."""

import abc
import os
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from set_contrastive.base import whole_files
from set_contrastive.data import preparation
from set_contrastive.engines import cell_run
from set_contrastive.engines import grid
from set_contrastive.engines import shared_readers
from set_contrastive.engines import trial_run
from set_contrastive.engines.sweep_config import SweepConfig
from set_contrastive.runs import run_folder
from set_contrastive.runs import trial_folder
from set_contrastive.studies import registry
from set_contrastive.studies.study import Study
from set_contrastive.studies.trial_study import TrialStudy


class Kind(abc.ABC):
    """A study's cells, and how they are run.

    Attributes:
      study: The study.
      work: What the process of a cell does, as `event.Work`, with one more argument:
        the number of threads that TensorFlow may use, 0 for one per core.
    """

    study: Study | TrialStudy
    work: Callable[..., None]

    @abc.abstractmethod
    def cells(self, seeds: int, only: Sequence[str]) -> list[Any]:
        """Returns the cells that are asked for, as `grid.choose` chooses them."""

    @abc.abstractmethod
    def is_finished(self, cell: Any, workdir: pathlib.Path) -> bool:
        """Whether the cell's folder holds what it is to find.

        Raises:
          UserError: If it holds what must not be lost.
        """

    def turns(
        self, waiting: Sequence[Any], finished: Sequence[Any], workdir: pathlib.Path
    ) -> list[list[Any]]:
        """Returns the cells that are left, of which some must follow the others."""
        del finished, workdir
        return [list(waiting)]

    def prepare(self, waiting: Sequence[Any]) -> None:
        """Makes what the cells need: nothing, unless a kind says otherwise."""
        del waiting

    @abc.abstractmethod
    def told(self, folder: pathlib.Path) -> str:
        """Returns a line of what a cell has found."""


class Experiments(Kind):
    """Cells that train a model on a game."""

    study: Study
    work = staticmethod(cell_run.run)

    def __init__(self, study: Study, data_dir: str):
        self.study = study
        self._data_dir = os.path.abspath(os.path.expanduser(data_dir))

    def cells(self, seeds: int, only: Sequence[str]) -> list[Any]:
        """See Kind; of those that share a reader, one alone takes its time."""
        cells = self.study.all_cells(self._data_dir, seeds)
        return shared_readers.estimate(grid.choose(cells, only))

    def is_finished(self, cell: Any, workdir: pathlib.Path) -> bool:
        """See Kind."""
        return grid.is_finished(cell, workdir)

    def turns(
        self, waiting: Sequence[Any], finished: Sequence[Any], workdir: pathlib.Path
    ) -> list[list[Any]]:
        """See Kind; those that take a reader over follow those that train one."""
        trained = [
            cell
            for cell in finished
            if shared_readers.has_weights(workdir / cell.name, cell.config)
        ]
        return list(shared_readers.split(waiting, trained))

    def prepare(self, waiting: Sequence[Any]) -> None:
        """Builds the data sets that are missing."""
        preparation.build_missing({c.config.game: 0 for c in waiting}, self._data_dir)

    def told(self, folder: pathlib.Path) -> str:
        """See Kind."""
        measures = whole_files.read_json(folder / run_folder.METRICS)
        return (
            f"KL {measures['kl_nats']:.5f} nats, "
            f"top-K overlap {measures['top_k_overlap']:.4f}"
        )


class Trials(Kind):
    """Cells that call a function."""

    study: TrialStudy
    work = staticmethod(trial_run.run)

    def __init__(self, study: TrialStudy):
        self.study = study

    def cells(self, seeds: int, only: Sequence[str]) -> list[Any]:
        """See Kind."""
        return grid.choose(self.study.all_cells(seeds), only)

    def is_finished(self, cell: Any, workdir: pathlib.Path) -> bool:
        """See Kind."""
        return trial_folder.read(workdir / cell.name, cell.values) is not None

    def told(self, folder: pathlib.Path) -> str:
        """See Kind."""
        row = whole_files.read_json(folder / trial_folder.TRIAL)["row"]
        numbers = (f"{n} {x:.6g}" for n, x in row.items() if isinstance(x, int | float))
        return ", ".join(numbers)


def of(config: SweepConfig) -> Kind:
    """Returns the kind of the cells that a sweep is asked for.

    Raises:
      UserError: If there is no such study.
    """
    study = registry.get(config.study)
    if isinstance(study, TrialStudy):
        return Trials(study)
    return Experiments(study, config.data_dir)
