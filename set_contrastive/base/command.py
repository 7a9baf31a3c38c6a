"""How a command that uses TensorFlow starts: quietly, and with memory that it keeps.

Import it before anything that imports TensorFlow. The import alone does not look for
devices, so that a process may be forked afterwards: CUDA cannot be used in a fork of a
process that has initialized it.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from set_contrastive.base import command_line
from set_contrastive.base import kept_memory


@contextlib.contextmanager
def _silent_standard_error() -> Iterator[None]:
    """Sends what native code writes to standard error nowhere."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


kept_memory.keep()

# TensorFlow 2.21 tells of drivers and instruction sets while it is imported and when it
# first looks for GPUs, before any setting of its own is read. Errors are still raised.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with _silent_standard_error():
    import tensorflow as tf


def look_for_devices(kind: str | None = None) -> list[Any]:
    """Returns TensorFlow's devices, of one kind such as `GPU` or all, without a word.

    From here on the process must not be forked, if there are GPUs.
    """
    with _silent_standard_error():
        devices: list[Any] = tf.config.list_physical_devices(kind)
    return devices


def run(main: Callable[[list[str]], object]) -> None:
    """Looks for devices, and then is `command_line.run`."""
    look_for_devices()
    command_line.run(main)
