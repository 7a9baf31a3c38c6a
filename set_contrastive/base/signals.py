"""Signals that ask a run to stop."""

import signal
from types import FrameType
from typing import Any


class Signals:
    """Notes SIGINT and SIGTERM, so that a step is never torn apart.

    Attributes:
      received: Whether one of them came; a second one raises KeyboardInterrupt.
    """

    def __init__(self) -> None:
        self.received = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.received:  # Whoever asks twice does not want to wait.
            raise KeyboardInterrupt
        self.received = True
