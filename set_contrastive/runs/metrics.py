"""How far predicted distributions over keys are from the truth, in plain NumPy.

For a query with positive keys S among K: the truth is uniform on S, the prediction is
the softmax of the scores of all keys.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def log_softmax(scores: npt.ArrayLike) -> FloatArray:
    """Returns log probabilities of the keys, `[n, K]`, in nats."""
    values = np.asarray(scores, np.float64)
    shifted = values - values.max(axis=1, keepdims=True)
    result: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def kl_nats(scores: npt.ArrayLike, key_mask: npt.NDArray[np.bool_]) -> FloatArray:
    """KL(truth || prediction) of each query, in nats.

    `-log|S| - mean_{k in S} log p(k)`.

    Args:
      scores: `[n, K]`.
      key_mask: bool `[n, K]`, the positive keys; at least one per query.

    Returns:
      float64 `[n]`.
    """
    sizes = key_mask.sum(axis=1)
    positives = np.where(key_mask, log_softmax(scores), 0.0).sum(axis=1)
    result: FloatArray = -np.log(sizes) - positives / sizes
    return result


def top_k_overlap(scores: npt.ArrayLike, key_mask: npt.NDArray[np.bool_]) -> FloatArray:
    """Share of the |S| best-scored keys that are in S; ties go to the lower number.

    Args:
      scores: `[n, K]`.
      key_mask: bool `[n, K]`, the positive keys; at least one per query.

    Returns:
      float64 `[n]`.
    """
    best_first = np.argsort(-np.asarray(scores, np.float64), axis=1, kind="stable")
    hits = np.take_along_axis(key_mask, best_first, axis=1)
    sizes = key_mask.sum(axis=1, keepdims=True)
    counted = np.arange(key_mask.shape[1]) < sizes
    result: FloatArray = (hits & counted).sum(axis=1) / sizes[:, 0]
    return result


def entropy_bits(scores: npt.ArrayLike) -> FloatArray:
    """Entropy of each prediction, `[n]`, in bits."""
    log_p = log_softmax(scores)
    result: FloatArray = -(np.exp(log_p) * log_p).sum(axis=1) / np.log(2)
    return result


def summarize(scores: npt.ArrayLike, key_mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Averages all measures over the queries, and over those of each subset size.

    Args:
      scores: `[n, K]`.
      key_mask: bool `[n, K]`, the positive keys; at least one per query.

    Returns:
      `kl_nats`, `top_k_overlap`, `entropy_bits`, `num_queries`, and `by_subset_size`
      with the same keys for each size that occurs, as text.
    """
    measures = {
        "kl_nats": kl_nats(scores, key_mask),
        "top_k_overlap": top_k_overlap(scores, key_mask),
        "entropy_bits": entropy_bits(scores),
    }
    sizes = key_mask.sum(axis=1)

    def means(chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
        values = {name: float(v[chosen].mean()) for name, v in measures.items()}
        return {**values, "num_queries": int(chosen.sum())}

    return {
        **means(np.ones(len(sizes), np.bool_)),
        "by_subset_size": {str(s): means(sizes == s) for s in np.unique(sizes)},
    }
