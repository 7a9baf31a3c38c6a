"""How good a score matrix is where keys are not equally likely, in plain NumPy.

For query q the truth is `p(k | q)`, the prediction the softmax of the scores.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from set_contrastive.base.arrays import FloatArray
from set_contrastive.runs import metrics

_TIED = 1e-9  # Scores that differ by less are one score; exact ones do by rounding.


def measure(scores: FloatArray, truth: FloatArray) -> dict[str, float]:
    """Measures scores `[n, K]` against the truth `p(k | q)`, `[n, K]`.

    Scores may be -inf where the truth is 0.

    Returns:
      Means over queries. `kl_nats`: KL(p(k | q) || softmax); `top1`: `p(k | q)` of the
      best-scored key, the expected accuracy where the one right key is drawn from it,
      and the mean over tied keys; `best_first`: share of the queries whose best-scored
      key is the most probable one; `top_k_overlap`: share of the |S| best-scored keys
      that match at all.
    """
    matches = truth > 0
    log_q = special.log_softmax(scores, axis=1)
    ratios = np.log(truth, where=matches, out=np.zeros_like(truth)) - np.where(
        matches, log_q, 0.0
    )
    best = scores >= scores.max(axis=1, keepdims=True) - _TIED
    likeliest = truth == truth.max(axis=1, keepdims=True)
    return {
        # Rounding can take a KL just below 0.
        "kl_nats": max(float((truth * ratios).sum(axis=1).mean()), 0.0),
        "top1": float(_mean_over(truth, best).mean()),
        "best_first": float(_mean_over(likeliest, best).mean()),
        "top_k_overlap": float(metrics.top_k_overlap(scores, matches).mean()),
    }


def _mean_over(values: npt.NDArray[Any], chosen: npt.NDArray[np.bool_]) -> FloatArray:
    means: FloatArray = (values * chosen).sum(axis=1) / chosen.sum(axis=1)
    return means
