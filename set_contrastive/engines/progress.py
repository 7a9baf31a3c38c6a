"""What a user sees of a sweep: one bar over all cells, and a line for each."""

import pathlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from tqdm import tqdm

from set_contrastive.engines.event import Cell
from set_contrastive.engines.event import Event

_LOG_INTERVAL_S = 60.0


class Progress:
    """A bar over the whole grid, in estimated minutes, with the time left.

    Args:
      title: What stands before the bar.
      cells: All cells.
      finished: Those of them that were finished before.
      at_a_time: How many run side by side.
    """

    def __init__(
        self,
        title: str,
        cells: Sequence[Cell],
        finished: Sequence[Cell],
        at_a_time: int,
    ):
        self._cells = len(cells)
        self._ended = len(finished)
        self._at_a_time = at_a_time
        self._left = sum(cell.minutes for cell in cells if cell not in finished)
        self._interval_s = 0.0 if sys.stderr.isatty() else _LOG_INTERVAL_S
        self._next_shown = 0.0
        self._started: dict[str, float] = {}
        self._estimated = self._taken = 0.0
        total = sum(cell.minutes for cell in cells)
        self._bar = tqdm(
            desc=title,
            total=total,
            initial=total - self._left,
            bar_format="{desc} |{bar:20}| {percentage:.0f}%{postfix}",
        )

    def started(self, cell: Cell) -> None:
        """Notes that a cell has started."""
        self._started[cell.name] = time.monotonic()

    def ended(self, cell: Cell, message: str) -> None:
        """Notes that a cell has ended and writes a line of it."""
        minutes = (time.monotonic() - self._started.pop(cell.name)) / 60
        self._ended += 1
        self._left -= cell.minutes
        self._estimated += cell.minutes
        self._taken += minutes
        self._bar.write(f"{cell.name}: {message} ({minutes:.1f} min)")
        self._bar.update(cell.minutes)
        self._next_shown = 0.0

    def refresh(self) -> None:
        """Shows the time left, by how well the estimates were met so far.

        On a terminal at each call; in a log that somebody reads later, once a minute.
        """
        if time.monotonic() < self._next_shown:
            return
        self._next_shown = time.monotonic() + self._interval_s
        pace = self._taken / self._estimated if self._estimated else 1.0
        now = time.monotonic()
        under_way = sum((now - started) / 60 for started in self._started.values())
        left = max(self._left * pace - under_way, 0.0) / self._at_a_time
        self._bar.set_postfix_str(
            f"{self._ended}/{self._cells} cells, about {left:.0f} min left, "
            f"now {', '.join(self._started) or 'none'}"
        )

    def close(self) -> None:
        """Ends the bar."""
        self._bar.close()


def watch(
    events: Iterator[Event],
    progress: Progress,
    workdir: pathlib.Path,
    told: Callable[[pathlib.Path], str],
) -> list[str]:
    """Shows what happens until all cells have ended.

    Args:
      events: What happens.
      progress: Where it is shown.
      workdir: The study's folder.
      told: Returns what a finished cell has found, from its folder.

    Returns:
      Names of the cells that failed.
    """
    failed = []
    for event in events:
        if event.cell is None:
            progress.refresh()
        elif event.kind == "started":
            progress.started(event.cell)
        elif event.kind == "failed":
            failed.append(event.cell.name)
            progress.ended(event.cell, f"FAILED: {event.message}")
        else:
            progress.ended(event.cell, told(workdir / event.cell.name))
    return failed
