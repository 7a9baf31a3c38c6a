"""How a command that uses TensorFlow starts: quietly; `run` is command_line's.

Import it before anything that imports TensorFlow.
"""

import contextlib
import os
import sys
from collections.abc import Iterator

from set_contrastive.base.command_line import run

__all__ = ["run"]


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


# TensorFlow 2.21 tells of drivers and instruction sets while it is imported and when it
# first looks for GPUs, before any setting of its own is read. Errors are still raised.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with _silent_standard_error():
    import tensorflow as tf

    tf.config.list_physical_devices()
