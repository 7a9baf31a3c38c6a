"""The best vector of a query for given keys, by Newton's method."""

from typing import Any

import keras
import numpy as np
from keras import ops

# Newton steps; each is taken whole, or the best of these shares of it. Near the
# minimum rounding hides which is best, and whole steps get closest.
_STEPS = 16
_SHARES = (2.0, 0.5, 0.2, 0.05, 0.0)
_ROUNDING = 1e-6

# A step changes no score by more than this, and as much as the largest so far: where
# the prediction is all but certain the Hessian vanishes, and steps are too long.
_LONGEST = 2.0

# Weight of the squared vector.
RIDGE = 1e-10

# Share of its trace that is added to a Hessian, and that no pivot is below: rounding
# can make it zero where the prediction gathers on two keys.
_DAMPING = 3e-8
_LEAST_PIVOT = 1e-8
_OVERFLOWS = 1e30


class BestVector(keras.layers.Layer):
    """Finds the vector of a query whose scores say best what was read of it.

        q = argmin KL(u || softmax(K q + b)) + ridge / 2 |q|^2,    u = softmax(r)

    `r` are the scores of the readouts, `K` the keys' vectors and `b` their biases. The
    problem is convex: its gradient is `K^T (p - u) + ridge q`, its Hessian the
    covariance of the keys under p, plus the ridge. With as many dimensions as keys all
    scores can be said, and least squares gives the vector at once.

    Keys stand. The vector has its gradient by the readouts' scores (implicit function
    theorem), so that explanations can ask for it; training, which takes the readouts'
    own loss, does not.

    Args:
      **kwargs: `name` and `dtype` of the layer, which must be float32.

    Call arguments:
      readout_scores: `[batch, K]`.
      keys: `[K, d]`.
      biases: `[K]`.

    Returns:
      `[batch, d]`.
    """

    def call(self, readout_scores: Any, keys: Any, biases: Any) -> Any:
        """Solves."""
        num_keys, dim = keys.shape
        if dim >= num_keys:
            return _least_squares(readout_scores - biases, keys)
        truth = ops.softmax(readout_scores)
        still = ops.stop_gradient(truth)

        def newton(_: Any, vectors: Any) -> Any:
            return _newton(vectors, still, keys, biases)

        start = ops.zeros_like(still[:, :dim])
        vectors = ops.stop_gradient(ops.fori_loop(0, _STEPS, newton, start))
        # Adds nothing but a gradient, `H^-1 K^T`, by the truth.
        p = ops.softmax(ops.matmul(vectors, ops.transpose(keys)) + biases)
        hessian = ops.stop_gradient(_hessian(p, keys))
        pull = solve_definite(hessian, ops.matmul(truth - still, keys))
        return vectors + pull


def _least_squares(scores: Any, keys: Any) -> Any:
    """Returns the shortest vectors `[batch, d]` whose products are the scores.

    By a QR decomposition: products of the keys would square what rounding costs.
    """
    basis, triangle = ops.qr(ops.transpose(keys))
    along = ops.solve_triangular(
        ops.transpose(triangle), ops.transpose(scores), lower=True
    )
    return ops.transpose(ops.matmul(basis, along))


def _newton(vectors: Any, truth: Any, keys: Any, biases: Any) -> Any:
    """Returns vectors a damped Newton step nearer."""
    scores = ops.matmul(vectors, ops.transpose(keys))
    p = ops.softmax(scores + biases)
    gradient = ops.matmul(p - truth, keys) + RIDGE * vectors
    step = -solve_definite(_hessian(p, keys), gradient)

    change = ops.matmul(step, ops.transpose(keys))
    largest = ops.max(ops.abs(change), axis=1, keepdims=True)
    allowed = _LONGEST + ops.max(ops.abs(scores), axis=1, keepdims=True)
    shrink = ops.minimum(1.0, allowed / ops.maximum(largest, 1e-9))
    step, change = step * shrink, change * shrink

    def value(share: float) -> Any:
        logs = ops.log_softmax(scores + share * change + biases)
        squares = ops.square(vectors + share * step)
        return ops.sum(RIDGE / 2 * squares, axis=1) - ops.sum(truth * logs, axis=1)

    least = value(1.0)
    best = ops.ones_like(least)
    for share in _SHARES:
        found = value(share)
        best = ops.where(found < least - _ROUNDING, share, best)
        least = ops.minimum(found, least)
    return vectors + best[:, None] * step


def _hessian(p: Any, keys: Any) -> Any:
    """Returns the covariance of the keys under p, plus the ridge, `[batch, d, d]`.

    And a little of its trace: with less, elimination in float32 fails where p gathers
    on few keys, or these lie far out. It makes steps shorter and moves no minimum.
    """
    apart = keys - ops.matmul(p, keys)[:, None, :]
    covariance = ops.matmul(ops.transpose(apart * p[:, :, None], (0, 2, 1)), apart)
    trace = ops.sum(p[:, :, None] * ops.square(apart), axis=(1, 2))[:, None]
    more = (RIDGE + _DAMPING * trace)[:, :, None]
    return covariance + more * np.eye(keys.shape[1], dtype=np.float32)


def solve_definite(matrices: Any, right: Any) -> Any:
    """Solves linear equations of positive definite matrices by elimination.

    Pivots that rounding leaves too small are raised, so that what comes is finite; of a
    matrix that is all but singular it may be no step that helps.

    Unrolled, as XLA's Cholesky decomposition of many small matrices takes ten times as
    long on a CPU.

    Args:
      matrices: `[batch, d, d]`.
      right: `[batch, d]`.

    Returns:
      `[batch, d]`.
    """
    diagonal = matrices * np.eye(matrices.shape[1], dtype=np.float32)
    trace = ops.sum(diagonal, axis=(1, 2), keepdims=True)
    rows, left = [], ops.concatenate([matrices, right[:, :, None]], axis=2)
    for _ in range(matrices.shape[1]):
        row = left[:, :1] / ops.maximum(left[:, :1, :1], _LEAST_PIVOT * trace)
        rows.append(row[:, 0, 1:])
        left = left[:, 1:, 1:] - left[:, 1:, :1] * row[:, :, 1:]
    solved: list[Any] = []
    for row in reversed(rows):
        known = row[:, -1]
        if solved:
            known -= ops.sum(row[:, :-1] * ops.stack(solved, axis=1), axis=1)
        solved.insert(0, known)
    found = ops.stack(solved, axis=1)
    # Many such pivots in turn could overflow; no step is taken there.
    return ops.where(ops.abs(found) < _OVERFLOWS, found, 0.0)
