"""What engines do with the cells that they run, and what they tell of them."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

# How long a cell that is told to stop may take to save its state.
PATIENCE_S = 60.0

# What the process of a cell does, given the cell's values, its folder, and what
# `provenance.describe` said of the sweep.
Work = Callable[[Mapping[str, Any], str, Mapping[str, Any]], None]


class Cell(Protocol):
    """What engines know of a cell, be it an experiment or a trial."""

    @property
    def name(self) -> str:
        """Its folder below the study's."""

    @property
    def minutes(self) -> float:
        """How long it takes on one of 2 CPU cores."""

    @property
    def values(self) -> Mapping[str, Any]:
        """What it is, as JSON values."""


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
