"""What a sweep is asked to do."""

import dataclasses
from typing import Literal

from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig


@dataclasses.dataclass(frozen=True)
class SweepConfig:
    """Which cells of which study to run, and where.

    Raises:
      UserError: If a number is below 1.
    """

    # Folder of the study, with a run folder for each cell.
    workdir: str
    # The study: its name, or package.module:STUDY.
    study: str = "cards_27"
    # Where data sets are; those that are missing are built.
    data_dir: str = ExperimentConfig.data_dir
    # Number of seeds, 0 and up.
    seeds: int = 1
    # Patterns of the cells to run, such as union_27, */*_d27 or
    # set_27/*/seed_0; all by default.
    only: tuple[str, ...] = ()
    # List the cells with their estimated time and stop.
    dry_run: bool = False
    # Where cells run: processes of this machine, or tasks of a Ray cluster.
    engine: Literal["local", "ray"] = "local"
    # Cells at a time with engine=local; by default one per GPU, or where there is no
    # GPU one per core. Each has its GPU and its share of the cores.
    parallel: int | None = None
    # Address of the Ray cluster; auto for one started here.
    ray_address: str = "auto"

    def __post_init__(self) -> None:
        for field in ("seeds", "parallel"):
            number = getattr(self, field)
            if number is not None and number < 1:
                raise UserError(f"{field} must be at least 1, got {number}")
