"""How much memory this process has, and a GPU if there is one."""

import os
import pathlib
import re
from typing import Any

import tensorflow as tf

_GPU = "GPU:0"


def resident_mib() -> float | None:
    """Returns what the process has in memory, in MiB; None where nobody tells."""
    try:
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Peak:
    """Notes the most memory that a block takes beyond what there was before.

    That of the first GPU if there is one, of the process otherwise; what the process
    got earlier and can use again does not count there.

    Attributes:
      mib: The number in MiB, after the block; None where nobody tells.
    """

    mib: float | None = None

    def __enter__(self) -> "Peak":
        self._on_gpu = bool(tf.config.list_logical_devices("GPU"))
        if self._on_gpu:
            tf.config.experimental.reset_memory_stats(_GPU)
            info = tf.config.experimental.get_memory_info(_GPU)
            self._before: float | None = info["current"] / 2**20
        else:
            self._before = resident_mib() if _reset_peak() else None
        return self

    def __exit__(self, *_: Any) -> None:
        if self._on_gpu:
            peak = tf.config.experimental.get_memory_info(_GPU)["peak"] / 2**20
        else:
            peak = _peak_mib()
        if peak is not None and self._before is not None:
            self.mib = peak - self._before


def _reset_peak() -> bool:
    """Lets the peak of Linux start from what the process has now."""
    try:
        pathlib.Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _peak_mib() -> float | None:
    try:
        status = pathlib.Path("/proc/self/status").read_text()
    except OSError:
        return None
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 2**10 if found else None
