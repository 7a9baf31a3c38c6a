"""What the process of every cell does first and last."""

import contextlib
from collections.abc import Mapping
from typing import Any

from set_contrastive.base import provenance


def start_tensorflow(threads: int) -> None:
    """Starts TensorFlow, which the sweep itself never imports.

    Here it sees the GPU of the cell's share only.

    Args:
      threads: Number of threads that it may use; 0 for one per core.
    """
    from set_contrastive.base import command

    command.look_for_devices()
    import tensorflow as tf

    with contextlib.suppress(RuntimeError):  # It runs already, with its own choice.
        tf.config.threading.set_intra_op_parallelism_threads(threads)


def finished(origin: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the provenance of a sweep with this machine and the time of now."""
    here = provenance.describe()
    return {**origin, **{name: here[name] for name in ("finished", "machine")}}
