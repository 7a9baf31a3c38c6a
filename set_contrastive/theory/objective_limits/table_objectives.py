"""Objectives on a table `m(x, y)` and a mini-batch of pairs, with their gradients.

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

from set_contrastive.theory.objective_limits.joint import FloatArray

# (m [..., X, Y], counts [..., X, Y]) -> (loss [...] in nats, gradient [..., X, Y])
TableObjective = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]


def likelihood(m: FloatArray, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Negative log likelihood of the joint."""
    shares = counts / counts.sum(axis=(-2, -1), keepdims=True)
    log_sum, softmax = _softmax(m, (-2, -1))
    loss = log_sum[..., 0, 0] - (shares * m).sum(axis=(-2, -1))
    return loss, softmax - shares


def pseudo_likelihood(
    m: FloatArray, counts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Negative log likelihood of both conditionals, summed."""
    return _both_conditionals(m, m, m, counts)


def infonce(m: FloatArray, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean of InfoNCE's two directions over in-batch pairs."""
    with np.errstate(divide="ignore"):  # Values that are not in the batch.
        log_x = np.log(counts.sum(axis=-1, keepdims=True))
        log_y = np.log(counts.sum(axis=-2, keepdims=True))
    loss, gradient = _both_conditionals(m, m + log_y, m + log_x, counts)
    return loss / 2, gradient / 2


OBJECTIVES: dict[str, TableObjective] = {
    "likelihood": likelihood,
    "pseudo_likelihood": pseudo_likelihood,
    "infonce": infonce,
}


def _both_conditionals(
    m: FloatArray, row_scores: FloatArray, column_scores: FloatArray, counts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    shares = counts / counts.sum(axis=(-2, -1), keepdims=True)
    s_x = shares.sum(axis=-1, keepdims=True)
    s_y = shares.sum(axis=-2, keepdims=True)
    row_sums, y_given_x = _softmax(row_scores, -1)
    column_sums, x_given_y = _softmax(column_scores, -2)
    loss = (
        (s_x * row_sums).sum(axis=(-2, -1))
        + (s_y * column_sums).sum(axis=(-2, -1))
        - 2 * (shares * m).sum(axis=(-2, -1))
    )
    return loss, s_x * y_given_x + s_y * x_given_y - 2 * shares


def _softmax(
    scores: FloatArray, axis: int | tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Returns the logsumexp, with dimensions kept, and the softmax."""
    top = scores.max(axis=axis, keepdims=True)
    weights = np.exp(scores - top)
    total = weights.sum(axis=axis, keepdims=True)
    return top + np.log(total), weights / total
