"""What engines do with the cells that they run, and what they tell of them."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Literal

from set_contrastive.studies.study import Cell

# How long a cell that is told to stop may take to save its state.
PATIENCE_S = 60.0

# What the process of a cell does, given the experiment as `ExperimentConfig.to_dict`
# gives it, the run folder, and what `provenance.describe` said of the sweep.
Work = Callable[[Mapping[str, Any], str, Mapping[str, Any]], None]


@dataclasses.dataclass(frozen=True)
class Event:
    """What became of a cell; `tick` comes every second, with no cell.

    Attributes:
      kind: What happened.
      cell: To which cell.
      message: Why it failed, in one line.
    """

    kind: Literal["started", "finished", "failed", "tick"]
    cell: Cell | None = None
    message: str = ""
