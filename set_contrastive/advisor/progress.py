"""What a user sees while cells are computed: how much of the work is done."""

import sys
import time

from tqdm import tqdm

_LOG_INTERVAL_S = 60.0


class Progress:
    """A bar on a terminal; in a log that somebody reads later, a line each minute.

    Args:
      total: What there is to do, in minutes of one core, as estimated. The time left
        follows from how fast the estimates were met so far.
    """

    def __init__(self, total: float):
        self._total = total
        self._saved = self._done = 0.0
        self._start = time.monotonic()
        self._next_line = self._start + _LOG_INTERVAL_S
        self._bar = tqdm(
            desc="advise",
            total=total,
            bar_format="{desc} |{bar:30}| {percentage:.0f}%{postfix}",
            disable=None,  # Where there is no terminal.
        )

    def found(self, minutes: float) -> None:
        """Counts what was computed by an earlier call."""
        self._saved += minutes
        self._bar.update(minutes)

    def computed(self, minutes: float) -> None:
        """Counts what was computed just now, and shows the time left."""
        self._done += minutes
        now = time.monotonic()
        left = max(self._total - self._saved - self._done, 0.0)
        text = _time((now - self._start) * left / self._done)
        self._bar.set_postfix_str(f"about {text} left", refresh=False)
        self._bar.update(minutes)
        if self._bar.disable and now >= self._next_line:
            self._next_line = now + _LOG_INTERVAL_S
            percentage = 100 * (self._saved + self._done) / self._total
            line = f"advise: {percentage:.0f}%, about {text} left"
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Ends the bar."""
        self._bar.close()


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
