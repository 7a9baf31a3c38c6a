"""Scores of many queries against all keys."""

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from set_contrastive.games.game import Queries

_BATCH = 1024


def score_queries(
    all_keys_scorer: keras.Model, queries: Queries
) -> npt.NDArray[np.float32]:
    """Scores queries in batches.

    Args:
      all_keys_scorer: `{query [B, T]} -> scores [B, K]`.
      queries: int32 `[n, T]`.

    Returns:
      float32 `[n, K]`.
    """
    score = tf.function(lambda query: all_keys_scorer({"query": query}, training=False))
    parts = [
        score(tf.constant(queries[first : first + _BATCH])).numpy()
        for first in range(0, len(queries), _BATCH)
    ]
    return np.concatenate(parts)
