"""What a study is: cells that differ in game, model and seed, and known values."""

import dataclasses
from collections.abc import Callable, Mapping

from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.models import families

# What a study reports on. Looked at when a cell is trained to the end, never tuned on.
SPLIT = "test"


@dataclasses.dataclass(frozen=True)
class Cell:
    """One experiment of a study, in a run folder of its own.

    Attributes:
      name: The run folder below the study's, `game/model/seed_0`.
      config: The experiment.
      minutes: How long it takes on one of 2 CPU cores, measured or estimated.
    """

    name: str
    config: ExperimentConfig
    minutes: float


@dataclasses.dataclass(frozen=True)
class Reference:
    """What somebody else measured for a game and a model.

    Attributes:
      game: Name of the game.
      model: Label of the model, as `label` gives it.
      kl_nats: KL(truth || prediction), in nats.
      top_k_overlap: Share of the best-scored keys that match.
    """

    game: str
    model: str
    kl_nats: float
    top_k_overlap: float


@dataclasses.dataclass(frozen=True)
class Study:
    """A question, the cells that answer it, and what is known already.

    Attributes:
      name: Name of the study.
      title: What it asks, one line.
      cells: `cells(data_dir, seed)` lists the cells of one seed.
      subsets_log2: For each game log2 of its number of distinct key subsets, as the
        reference states them.
      references: What somebody else measured.
      source: Who that was.
      goals: For a game and a model's label, the largest mean KL that is good enough.
    """

    name: str
    title: str
    cells: Callable[[str, int], list[Cell]]
    subsets_log2: Mapping[str, float] = dataclasses.field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    source: str = ""
    goals: Mapping[tuple[str, str], float] = dataclasses.field(default_factory=dict)

    def all_cells(self, data_dir: str, seeds: int) -> list[Cell]:
        """Returns the cells of the seeds 0 to `seeds - 1`, seed by seed."""
        return [cell for seed in range(seeds) for cell in self.cells(data_dir, seed)]


def label(config: ExperimentConfig) -> str:
    """Returns the name of an experiment's model, such as `two_tower_d27`."""
    return families.get(config.model.family).label_of(config.model)
