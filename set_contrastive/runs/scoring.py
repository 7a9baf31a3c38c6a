"""Scores of many queries against all keys."""

from collections.abc import Callable

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from set_contrastive.games.game import Queries

Score = Callable[[Queries], npt.NDArray[np.float32]]

_BATCH = 1024


def build(all_keys_scorer: keras.Model) -> Score:
    """Returns a function that scores queries, in batches.

    It is traced at its first call and not again: a run that validates often keeps it.

    Args:
      all_keys_scorer: `{query [B, T]} -> scores [B, K]`.

    Returns:
      `int32 [n, T] -> float32 [n, K]`.
    """
    score = tf.function(
        lambda query: all_keys_scorer({"query": query}, training=False), autograph=False
    )

    def score_queries(queries: Queries) -> npt.NDArray[np.float32]:
        parts = [
            score(tf.constant(queries[first : first + _BATCH])).numpy()
            for first in range(0, len(queries), _BATCH)
        ]
        return np.concatenate(parts)

    return score_queries
