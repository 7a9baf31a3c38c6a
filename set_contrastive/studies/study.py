"""What a study is: a question, grids of experiments that answer it, what to show."""

import collections
import dataclasses
from collections.abc import Mapping
from typing import Any

from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.models import families
from set_contrastive.studies import factors
from set_contrastive.studies import views
from set_contrastive.studies.factors import Grid

# What a study reports on, looked at when a cell is trained to the end. Nothing is to be
# tuned on it.
SPLIT = "test"

# What no label tells.
_USUAL_PRESET = "laptop"

# Bytes of a folder's name that file systems take.
_LONGEST_LABEL = 255


@dataclasses.dataclass(frozen=True)
class Cell:
    """One experiment of a study, in a run folder that its configuration names.

    Attributes:
      config: The experiment.
      minutes: How long it takes on one of 2 CPU cores, measured or estimated.
      label: What tells the cell from others of its game and seed, in folders and
        tables: that of its model, such as `two_tower_d27`, and each factor that is not
        as the preset has it, such as `two_tower_d27-objective=infonce`.
      title: The same for people.
      dim: Where it stands on an axis of dimensions; None for what stands beside it.
    """

    config: ExperimentConfig
    minutes: float
    label: str
    title: str
    dim: int | None = None

    @property
    def name(self) -> str:
        """The run folder below the study's, `game/label/seed_0`."""
        return f"{self.config.game}/{self.label}/seed_{self.config.seed}"

    @property
    def values(self) -> dict[str, Any]:
        """The experiment, as JSON values."""
        return self.config.to_dict()


def cell(config: ExperimentConfig, preset: str = _USUAL_PRESET) -> Cell:
    """Returns the cell of an experiment.

    Args:
      config: The experiment.
      preset: The preset whose factors go without saying.
    """
    family = families.get(config.model.family)
    label, title = family.label_of(config.model), family.title_of(config.model)
    if preset != _USUAL_PRESET:
        label, title = f"{label}-preset={preset}", f"{title}, {preset}"
    for name, found in factors.deviations(config, preset).items():
        spelled = factors.spelled(name, found)
        label += f"-{name}={spelled}"
        title += f", {name.replace('_', ' ')} {spelled}"
    dim = config.model.vector_dim if family.labelled_by_dim else None
    return Cell(config, factors.minutes(config, preset), label, title, dim)


@dataclasses.dataclass(frozen=True)
class Reference:
    """What somebody else measured for a game and a model.

    Attributes:
      game: Name of the game.
      model: Label of the cell, such as `two_tower_d27`.
      kl_nats: KL(truth || prediction), in nats.
      top_k_overlap: Share of the best-scored keys that match.
    """

    game: str
    model: str
    kl_nats: float
    top_k_overlap: float


@dataclasses.dataclass(frozen=True)
class ParamsShare:
    """Two families whose numbers of parameters a study compares.

    Attributes:
      family: Name of the family whose largest model counts.
      of: Name of the family whose smallest model counts.
      text: What stands behind the share in the report.
    """

    family: str
    of: str
    text: str


@dataclasses.dataclass(frozen=True)
class Study:
    """A question, the experiments that answer it, and what is known already.

    Attributes:
      name: Name of the study.
      title: What it asks, one line.
      grids: The experiments, as factors and their values; two studies that ask for the
        same experiment mean the same run folder.
      sections: What the report shows; a view that has nothing to show is left out.
      measures: What the tables show beside the usual, names of `measures.MEASURES`.
      subsets_log2: For each game log2 of its number of distinct key subsets, as the
        reference states them.
      references: What somebody else measured.
      source: Who that was.
      goals: For a game and a cell's label, the largest mean KL that is good enough.
      params_share: Families whose numbers of parameters are compared in each game.
    """

    name: str
    title: str
    grids: tuple[Grid, ...]
    sections: tuple[views.Section, ...] = views.STANDARD
    measures: tuple[str, ...] = ()
    subsets_log2: Mapping[str, float] = dataclasses.field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    source: str = ""
    goals: Mapping[tuple[str, str], float] = dataclasses.field(default_factory=dict)
    params_share: ParamsShare | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the families of models."""
        named = (name for grid in self.grids for name in grid.factors[factors.MODEL])
        return tuple(dict.fromkeys(named))

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors that a grid sets and cells differ in."""
        configs = [cell.config for cell in self.cells("", 0)]
        named = dict.fromkeys(name for grid in self.grids for name in grid.factors)
        return tuple(
            name
            for name in named
            if len({factors.value(config, name) for config in configs}) > 1
        )

    def cells(self, data_dir: str, seed: int) -> list[Cell]:
        """Returns the cells of a seed, game by game."""
        found = [
            cell(config, grid.preset)
            for grid in self.grids
            for config in grid.experiments(data_dir, seed)
        ]
        games = list(dict.fromkeys(cell.config.game for cell in found))
        return sorted(found, key=lambda cell: games.index(cell.config.game))

    def all_cells(self, data_dir: str, seeds: int) -> list[Cell]:
        """Returns the cells of the seeds 0 to `seeds - 1`, seed by seed.

        Raises:
          UserError: If two grids have the same experiment, or a cell differs from its
            preset in so much that no folder can be named by it.
        """
        cells = [cell for seed in range(seeds) for cell in self.cells(data_dir, seed)]
        for cell in cells:
            if (length := len(cell.label.encode())) > _LONGEST_LABEL:
                raise UserError(
                    f"study {self.name}: the label of a cell may have {_LONGEST_LABEL} "
                    f"bytes, {cell.label[:40]}... has {length}; those of a "
                    "preset that is closer are shorter"
                )
        counts = collections.Counter(cell.name for cell in cells)
        if twice := [name for name, count in counts.items() if count > 1]:
            raise UserError(
                f"study {self.name}: two cells are called {twice[0]}; its grids must "
                "not share an experiment"
            )
        return cells
