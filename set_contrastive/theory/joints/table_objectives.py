"""Gradients of objectives on a table `m(x, y)` and a mini-batch of pairs.

A mini-batch of B pairs is its counts `n(x, y)`, since no objective asks for more. With
`s = n / B`, its marginals `s(x)` and `s(y)`, and logsumexp as `lse`:

* `likelihood`, negative log likelihood of the joint, `f = exp(m)` over the whole table:

      lse_xy m - sum_xy s m

* `pseudo_likelihood` (Besag, "Statistical Analysis of Non-Lattice Data", 1975), the
  negative log likelihood of both conditionals:

      sum_x s(x) lse_y m + sum_y s(y) lse_x m - 2 sum_xy s m

* `infonce` over in-batch pairs in both directions, as in CLIP (arXiv 2103.00020): each
  x of the batch against the B values of y in the batch, and the reverse,

      (sum_x s(x) lse_y (m + log n(y)) + sum_y s(y) lse_x (m + log n(x))) / 2
          - sum_xy s m

So InfoNCE is half the pseudo-likelihood of the table `m + log s(x) + log s(y)`, but for
a number that does not depend on m.
"""

from collections.abc import Callable

import numpy as np
from scipy import special

from set_contrastive.base.arrays import FloatArray

# (m [..., X, Y], counts [..., X, Y]) -> gradient [..., X, Y] of the loss in nats
Gradient = Callable[[FloatArray, FloatArray], FloatArray]


def likelihood(m: FloatArray, counts: FloatArray) -> FloatArray:
    """Gradient of the negative log likelihood of the joint."""
    shares = counts / counts.sum(axis=(-2, -1), keepdims=True)
    gradient: FloatArray = special.softmax(m, axis=(-2, -1)) - shares
    return gradient


def pseudo_likelihood(m: FloatArray, counts: FloatArray) -> FloatArray:
    """Gradient of the negative log likelihood of both conditionals, summed."""
    return _both_conditionals(m, m, counts)


def infonce(m: FloatArray, counts: FloatArray) -> FloatArray:
    """Gradient of the mean of InfoNCE's two directions over in-batch pairs."""
    with np.errstate(divide="ignore"):  # Values that are not in the batch.
        log_x = np.log(counts.sum(axis=-1, keepdims=True))
        log_y = np.log(counts.sum(axis=-2, keepdims=True))
    return _both_conditionals(m + log_y, m + log_x, counts) / 2


OBJECTIVES: dict[str, Gradient] = {
    "likelihood": likelihood,
    "pseudo_likelihood": pseudo_likelihood,
    "infonce": infonce,
}


def _both_conditionals(
    row_scores: FloatArray, column_scores: FloatArray, counts: FloatArray
) -> FloatArray:
    shares = counts / counts.sum(axis=(-2, -1), keepdims=True)
    s_x = shares.sum(axis=-1, keepdims=True)
    s_y = shares.sum(axis=-2, keepdims=True)
    y_given_x = special.softmax(row_scores, axis=-1)
    x_given_y = special.softmax(column_scores, axis=-2)
    gradient: FloatArray = s_x * y_given_x + s_y * x_given_y - 2 * shares
    return gradient
