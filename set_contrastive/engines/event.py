"""What engines tell of the cells that they run."""

import dataclasses
from typing import Literal

from set_contrastive.studies.study import Cell

# How long a cell that is told to stop may take to save its state.
PATIENCE_S = 60.0


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
