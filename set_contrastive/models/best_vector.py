"""The best vector of a query for given keys, by Newton's method."""

from typing import Any

import keras
import numpy as np
from keras import ops

# Newton steps; each is taken whole, or by that of these shares which brings most.
_STEPS = 20
_SHARES = (1.0, 2.0, 1.5, 0.5, 0.25, 0.1, 0.03, 0.01, 0.0)

# Near the minimum whole steps get closest, and which share is best is hidden by the
# rounding of runtimes that make float32 of float64.
_ROUNDING = 1e-6

# A step changes no score by more than this, and as much as the largest so far: where
# the prediction is all but certain the Hessian vanishes, and steps are too long.
_LONGEST = 2.0

# Weight of the squared vector, which keeps scores from growing on and on.
RIDGE = 1e-12

# Share of its trace that is added to a Hessian: rounding can make it singular where the
# prediction gathers on few keys.
_DAMPING = 1e-14


class BestVector(keras.layers.Layer):
    """Finds the vector of a query whose scores say best what was read of it.

        q = argmin KL(u || softmax(K q + b)) + ridge / 2 |q|^2,    u = softmax(r)

    `r` are the scores of the readouts, `K` the keys' vectors and `b` their biases. The
    problem is convex: its gradient is `K^T (p - u) + ridge q`, its Hessian the
    covariance of the keys under p, plus the ridge. With as many dimensions as keys all
    scores can be said, and least squares gives the vector at once.

    In float64: to rank a subset far above the others takes directions along which the
    keys hardly vary under p, whose curvatures float32 rounds away.

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
      `[batch, d]`, float32.
    """

    def call(self, readout_scores: Any, keys: Any, biases: Any) -> Any:
        """Solves."""
        num_keys, dim = keys.shape
        if dim >= num_keys:
            return _least_squares(readout_scores - biases, keys)
        keys, biases = ops.cast(keys, "float64"), ops.cast(biases, "float64")
        truth = ops.softmax(ops.cast(readout_scores, "float64"))
        # Readouts that overflowed have no best vector: theirs is NaN by the last line.
        # The solver would refuse their equations, and with them the whole batch.
        still = ops.where(ops.isfinite(truth), truth, 1 / num_keys)
        still = ops.stop_gradient(still)
        products = ops.reshape(keys[:, :, None] * keys[:, None, :], (-1, dim * dim))

        def newton(_: Any, vectors: Any) -> Any:
            return _newton(vectors, still, keys, biases, products)

        start = ops.zeros_like(still[:, :dim])
        vectors = ops.stop_gradient(ops.fori_loop(0, _STEPS, newton, start))
        # Adds nothing but a gradient, `H^-1 K^T`, by the truth.
        p = ops.softmax(ops.matmul(vectors, ops.transpose(keys)) + biases)
        hessian = ops.stop_gradient(_hessian(p, keys, products))
        pull = _solve(hessian, ops.matmul(truth - still, keys))
        return ops.cast(vectors + pull, "float32")


def _least_squares(scores: Any, keys: Any) -> Any:
    """Returns the shortest vectors `[batch, d]` whose products are the scores.

    By a QR decomposition: products of the keys would square what rounding costs.
    """
    basis, triangle = ops.qr(ops.transpose(keys))
    along = ops.solve_triangular(
        ops.transpose(triangle), ops.transpose(scores), lower=True
    )
    return ops.transpose(ops.matmul(basis, along))


def _newton(vectors: Any, truth: Any, keys: Any, biases: Any, products: Any) -> Any:
    """Returns vectors a Newton step nearer, or a share of it."""
    scores = ops.matmul(vectors, ops.transpose(keys))
    p = ops.softmax(scores + biases)
    gradient = ops.matmul(p - truth, keys) + RIDGE * vectors
    step = -_solve(_hessian(p, keys, products), gradient)

    change = ops.matmul(step, ops.transpose(keys))
    largest = ops.max(ops.abs(change), axis=1, keepdims=True)
    allowed = _LONGEST + ops.max(ops.abs(scores), axis=1, keepdims=True)
    shrink = ops.minimum(1.0, allowed / ops.maximum(largest, 1e-9))
    step, change = step * shrink, change * shrink

    shares = np.array(_SHARES)
    each = shares[:, None, None]
    moved = scores + biases + each * change  # [shares, batch, K]
    values = ops.logsumexp(moved, axis=2) - ops.sum(truth * moved, axis=2)
    values += RIDGE / 2 * ops.sum(ops.square(vectors + each * step), axis=2)
    values -= _ROUNDING * (shares == 1.0)[:, None]
    # Keras's argmin takes ops that OpenVINO lacks.
    least = values == ops.min(values, axis=0)
    best = ops.max(ops.where(least, shares[:, None], 0.0), axis=0)
    return vectors + best[:, None] * step


def _hessian(p: Any, keys: Any, products: Any) -> Any:
    """Returns the covariance of the keys under p, plus the ridge, `[batch, d, d]`.

    `products` are each key's with itself, `[K, d * d]`. A little of its trace is added
    too, which makes steps shorter and moves no minimum.
    """
    dim = keys.shape[1]
    means = ops.matmul(p, keys)
    covariance = ops.reshape(ops.matmul(p, products), (-1, dim, dim))
    covariance -= means[:, :, None] * means[:, None, :]
    trace = ops.sum(covariance * np.eye(dim), axis=(1, 2), keepdims=True)
    return covariance + (RIDGE + _DAMPING * trace) * np.eye(dim)


def _solve(matrices: Any, right: Any) -> Any:
    """Solves linear equations, `[batch, d, d]` and `[batch, d]`."""
    return ops.solve(matrices, right[:, :, None])[:, :, 0]
