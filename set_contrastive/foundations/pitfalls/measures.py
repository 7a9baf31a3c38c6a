"""Measures of a trained scorer, well taken and with a mistake."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from set_contrastive.data.prepared_data import Split
from set_contrastive.foundations.machine import memory
from set_contrastive.runs import metrics

FloatArray = npt.NDArray[np.float64]


def kl(model: keras.Model, split: Split) -> FloatArray:
    """Returns KL(truth || prediction) of each query, in nats."""
    scores = model({"query": tf.constant(split.queries)}, training=False).numpy()
    return metrics.kl_nats(scores, split.key_mask)


def batch_means(values: FloatArray, size: int) -> tuple[list[float], list[int]]:
    """Returns the mean of each batch of `size` numbers, and how many each has."""
    parts = np.split(values, range(size, len(values), size))
    return [float(part.mean()) for part in parts], [len(part) for part in parts]


def held_mib(model: keras.Model, queries: Any, size: int, keep: bool) -> float | None:
    """Returns by how much memory grows while queries are scored in batches, in MiB.

    Args:
      model: The scorer.
      queries: int32 `[n, T]`.
      size: Queries of a batch.
      keep: Whether a tape records, as if there was a gradient to come.
    """
    before = memory.resident_mib()
    batches = [queries[first : first + size] for first in range(0, len(queries), size)]
    with tf.GradientTape() as tape:
        scores = []
        for batch in batches:
            if keep:
                scores.append(model({"query": tf.constant(batch)}))
            else:
                with tape.stop_recording():
                    scores.append(model({"query": tf.constant(batch)}))
        after = memory.resident_mib()
    return None if before is None or after is None else after - before
