r"""The other half, which is not convex: the best keys, their queries being the best.

What keys `k_j` with biases `b_j` can score, over all query vectors, is an affine space:
`{K q + b}` modulo constants, of dimension d in R^(K-1). Two sets of keys that span the
same space are equally good, so there are only `(d + 1) (K - 1 - d)` directions to
search. Around keys K with orthonormal columns that sum to zero, with P an orthonormal
basis of what is orthogonal to them and to the constants, they are

    K(X) = K + P X,   b(y) = b + P y,   X [m, d], y [m], m = K - 1 - d.

Let F(X, y) be the mean over the queries of the least KL, plus the ridge. By the
envelope theorem its gradient is that with the best vectors q held. Its Hessian is exact
too, by the implicit function theorem. With `r_i = p_i - u_i + ridge s_i` and `C_i =
diag(p_i) - p_i p_i^T + ridge I`,

    gradient  sum_i w_i P^T r_i (q_i, 1)^T
    Hessian   sum_i w_i [ (q_i, 1)(q_i, 1)^T x P^T C_i P - B_i (K^T C_i K)^-1 B_i^T ]
    B_i =     (q_i, 1) x P^T C_i K  +  (I, 0) x P^T r_i,

with at most a few hundred rows, so that a Newton method with a trust region takes
tens of steps. It follows the absolute values of the curvatures, which leads away from
saddle points; at the end they show whether a local minimum was reached.
"""

import dataclasses

import numpy as np

from set_contrastive.base.arrays import FloatArray
from set_contrastive.free_vectors import queries
from set_contrastive.free_vectors.queries import Keys
from set_contrastive.free_vectors.queries import QueryVectors
from set_contrastive.games.distinct_subsets import Subsets

# Queries whose parts of the Hessian are in memory at a time.
_CHUNK = 512

# Of the trust region: added to the absolute curvatures, and changed by how much of what
# a step promises comes true.
_FIRST_DAMPING = 1e-3
_GOOD = 0.75
_POOR = 0.25


@dataclasses.dataclass(frozen=True)
class Point:
    """Keys, with the best query vectors for them.

    Attributes:
      keys: The keys; columns are orthonormal, biases orthogonal to them.
      queries: The best query vectors.
      ridge: Weight of the squared scores.
      value: Mean KL plus the ridge.
    """

    keys: Keys
    queries: QueryVectors
    ridge: float
    value: float

    def complement(self) -> FloatArray:
        """Returns the basis P of the directions of the search, `[K, K - 1 - d]`."""
        vectors = self.keys.vectors
        count = len(vectors)
        spanned = np.column_stack([np.full(count, count**-0.5), vectors])
        basis, _ = np.linalg.qr(spanned, mode="complete")
        return basis[:, spanned.shape[1] :]


def prepare(
    keys: Keys,
    subsets: Subsets,
    ridge: float,
    start: FloatArray | None = None,
) -> Point:
    """Solves the queries, then writes keys and queries in orthonormal coordinates.

    Key vectors have rank d modulo constants; `start` are query vectors, `[n, d]`.
    """
    vectors = keys.vectors - keys.vectors.mean(axis=0)
    biases = keys.biases - keys.biases.mean()
    basis, mixing = np.linalg.qr(vectors)
    shift = basis.T @ biases
    if start is not None:
        start = start @ mixing.T + shift
    keys = Keys(basis, biases - basis @ shift)
    found = queries.solve(keys, subsets.truth, ridge, start)
    values = found.kl_nats + 0.5 * ridge * (found.scores**2).sum(axis=1)
    return Point(keys, found, ridge, float(subsets.weights @ values))


def gradient(point: Point, subsets: Subsets) -> FloatArray:
    """Returns the gradient of the mean least value, `[m, d + 1]`; X first, then y."""
    residual = _residual(point, subsets) @ point.complement()
    found: FloatArray = (residual * subsets.weights[:, None]).T @ _extended(point)
    return found


def hessian(point: Point, subsets: Subsets) -> FloatArray:
    """Returns the Hessian of the mean least value, `[m (d + 1), m (d + 1)]`."""
    basis, vectors = point.complement(), point.keys.vectors
    (num_keys, m), d = basis.shape, vectors.shape[1]
    pairs = (basis[:, :, None] * basis[:, None, :]).reshape(num_keys, -1)
    mixed = (basis[:, :, None] * vectors[:, None, :]).reshape(num_keys, -1)
    wide, tall = m * (d + 1), m * d
    total = np.zeros((m, d + 1, m, d + 1))
    for first in range(0, len(subsets.weights), _CHUNK):
        chunk = slice(first, first + _CHUNK)
        p, q = point.queries.probabilities[chunk], _extended(point)[chunk]
        size = len(p)
        means = p @ basis
        curved = (p @ pairs).reshape(size, m, m) + point.ridge * np.eye(m)
        curved -= means[:, :, None] * means[:, None, :]
        cross = (p @ mixed).reshape(size, m, d)
        cross -= means[:, :, None] * (p @ vectors)[:, None, :]
        inverse = np.linalg.inv(queries.hessians(point.keys, point.ridge, p))
        solved = cross @ inverse
        curved -= solved @ cross.transpose(0, 2, 1)
        weights = subsets.weights[chunk][:, None, None]
        residual = (_residual(point, subsets)[chunk] @ basis)[:, :, None]
        # The four products of B_i = (q_i, 1) x P^T C_i K  +  (I, 0) x P^T r_i.
        squares = weights * q[:, :, None] * q[:, None, :]
        part = curved.reshape(size, -1).T @ squares.reshape(size, -1)
        total += part.reshape(m, m, d + 1, d + 1).transpose(0, 2, 1, 3)
        mixed_in = weights * residual * q[:, None, :]
        part = mixed_in.reshape(size, wide).T @ solved.reshape(size, tall)
        part = part.reshape(m, d + 1, m, d).transpose(2, 1, 0, 3)
        total[:, :, :, :d] -= part
        total[:, :d] -= part.transpose(2, 3, 0, 1)
        outer = weights * residual * residual.transpose(0, 2, 1)
        part = outer.reshape(size, -1).T @ inverse.reshape(size, -1)
        total[:, :d, :, :d] -= part.reshape(m, m, d, d).transpose(0, 2, 1, 3)
    return total.reshape(wide, wide)


def _extended(point: Point) -> FloatArray:
    """Returns `(q, 1)` of each query, `[n, d + 1]`."""
    vectors = point.queries.vectors
    return np.column_stack([vectors, np.ones(len(vectors))])


def _residual(point: Point, subsets: Subsets) -> FloatArray:
    found = point.queries
    return found.probabilities - subsets.truth + point.ridge * found.scores


@dataclasses.dataclass(frozen=True)
class Minimum:
    """Where the search for keys ended.

    Attributes:
      point: The keys and their queries.
      gradient_norm: Of the mean value by the directions of the search.
      curvature: Least eigenvalue of the Hessian; if it is below 0 by more than rounding
        this is no local minimum.
      steps: Newton steps tried.
    """

    point: Point
    gradient_norm: float
    curvature: float
    steps: int


def minimize(
    start: Point, subsets: Subsets, tolerance: float = 1e-4, max_steps: int = 60
) -> Minimum:
    """Searches keys until a further step promises at most `tolerance` of the value."""
    point, damping, steps = start, _FIRST_DAMPING, 0
    if len(start.keys.vectors) == start.keys.vectors.shape[1] + 1:
        return Minimum(start, 0.0, 0.0, 0)  # The keys score everything already.
    while True:
        slope = gradient(point, subsets)
        values, axes = np.linalg.eigh(hessian(point, subsets))
        along = axes.T @ slope.ravel()
        while True:
            change = -along / (np.abs(values) + damping)
            promised = -float(along @ change + 0.5 * (values * change**2).sum())
            if promised <= tolerance * point.value or steps == max_steps:
                norm = float(np.linalg.norm(slope))
                return Minimum(point, norm, float(values[0]), steps)
            steps += 1
            moved = move(point, (axes @ change).reshape(slope.shape), subsets)
            ratio = (point.value - moved.value) / promised
            if ratio > _GOOD:
                damping /= 5
            elif ratio < _POOR:
                damping *= 4
            if ratio > 0:
                point = moved
                break


def move(point: Point, change: FloatArray, subsets: Subsets) -> Point:
    """Changes keys by `(X, y)`, `[m, d + 1]`, and solves their queries again.

    Queries start where the implicit function theorem foresees them, or where they were
    if that is better.
    """
    step, found = point.complement() @ change, point.queries
    p, vectors = found.probabilities, point.keys.vectors
    shift = _extended(point) @ step.T
    pull = (p * (shift - (p * shift).sum(axis=1, keepdims=True))) @ vectors
    pull += _residual(point, subsets) @ step[:, :-1]
    curved = queries.hessians(point.keys, point.ridge, p)
    foreseen = found.vectors - np.linalg.solve(curved, pull[:, :, None])[:, :, 0]
    keys = Keys(vectors + step[:, :-1], point.keys.biases + step[:, -1])
    ahead, here = (
        queries.evaluate(keys, subsets.truth, point.ridge, start)[2]
        for start in (foreseen, found.vectors)
    )
    start = np.where((ahead < here)[:, None], foreseen, found.vectors)
    return prepare(keys, subsets, point.ridge, start)
