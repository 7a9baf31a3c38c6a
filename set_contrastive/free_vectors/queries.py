r"""The convex half of the problem: the best query vectors for given keys.

For keys `k_j` in R^d with biases `b_j`, and a query whose truth `u` is uniform on its
matching keys, the best vector `q` minimizes

    f(q) = KL(u || p) + ridge / 2 |s|^2,   p = softmax(s),   s_j = <q, k_j> + b_j,

which is convex: gradient `sum_j (p_j - u_j + ridge s_j) k_j`, Hessian the covariance of
the keys under p, plus `ridge sum_j k_j k_j^T`. Newton's method solves all queries at
once. Without ridge the minimum may lie at infinity: a subset that is a face of the
keys' convex hull has `inf f = 0`, and f falls by a factor e a step.

Certificate, without ridge. Among distributions v with the truth's mean key, `sum_j v_j
k_j = sum_j u_j k_j`, the lower bound `D(v) = H(v) + <b, v> - H(u) - <b, u> <= inf f`
holds (Lagrange duality: maximum entropy against maximum likelihood), and `f(q) - D(v) =
KL(v || p)`. The Newton step h gives such a v: `v_j = p_j (1 + t_j)` with `t_j = <h, k_j
- mean>`. If all `t_j >= -1`, f is at most `KL(v || p) = sum_j p_j (1 + t_j) log(1 +
t_j)` above its infimum, otherwise at most f itself, as f is never negative. This holds
but for rounding.
"""

import dataclasses

import numpy as np
from scipy import special

from set_contrastive.base.arrays import FloatArray

# Armijo's condition: a step must bring this share of what its slope promises.
_SUFFICIENT = 1e-4
_HALVINGS = 40

# No coordinate of a step is larger: where p is all but certain the Hessian vanishes.
_LONGEST = 1e6

# Added to Hessians as a share of their trace: the covariance of the keys under p loses
# rank when p gathers on few keys.
_JITTER = 1e-14


@dataclasses.dataclass(frozen=True)
class QueryVectors:
    """The best query vectors for given keys.

    Attributes:
      vectors: `[n, d]`.
      scores: `[n, K]`, of the keys.
      probabilities: `[n, K]`, their softmax.
      kl_nats: `[n]`, KL(truth || prediction).
      decrement: `[n]`, half the squared Newton decrement before the last step.
      iterations: Newton steps taken.
    """

    vectors: FloatArray
    scores: FloatArray
    probabilities: FloatArray
    kl_nats: FloatArray
    decrement: FloatArray
    iterations: int


@dataclasses.dataclass(frozen=True)
class Keys:
    """Keys of all queries.

    Attributes:
      vectors: `[K, d]`; columns sum to zero.
      biases: `[K]`; they sum to zero.
    """

    vectors: FloatArray
    biases: FloatArray


def solve(
    keys: Keys,
    truth: FloatArray,
    ridge: float = 0.0,
    start: FloatArray | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 200,
) -> QueryVectors:
    """Finds the best query vectors by a damped Newton method.

    Args:
      keys: The keys.
      truth: `[n, K]`, rows sum to 1.
      ridge: Weight of the squared scores.
      start: `[n, d]`, where to start; zeros by default.
      tolerance: A query takes its last step when half its squared Newton decrement,
        which is about how far it is above its minimum, is at most this, in nats.
      max_iterations: Newton steps at most.
    """
    count, dim = len(truth), keys.vectors.shape[1]
    vectors = np.zeros((count, dim)) if start is None else start.copy()
    scores, logs, values = evaluate(keys, truth, ridge, vectors)
    decrement = np.full(count, np.inf)
    active, iterations = np.arange(count), 0
    while active.size:
        gradient, step = newton_step(
            keys, truth[active], ridge, scores[active], np.exp(logs[active])
        )
        slope = (gradient * step).sum(axis=1)
        decrement[active] = -0.5 * slope
        shrink = 1.0 / np.maximum(1.0, np.abs(step).max(axis=1) / _LONGEST)
        step, slope = step * shrink[:, None], slope * shrink
        if iterations == max_iterations:
            break
        iterations += 1
        vectors[active], scores[active], logs[active], found = _search(
            keys, truth[active], ridge, vectors[active], values[active], step, slope
        )
        # A query whose step was short is solved: Newton's method squares the error.
        # So is one that rounding lets fall no more.
        going = (decrement[active] > tolerance) & (found < values[active])
        values[active] = found
        active = active[going]
    kl = _kl(truth, logs)
    return QueryVectors(vectors, scores, np.exp(logs), kl, decrement, iterations)


def certify(keys: Keys, truth: FloatArray, found: QueryVectors) -> FloatArray:
    """Returns by how much at most each KL is above its infimum, `[n]`, in nats.

    Args:
      keys: The keys.
      truth: `[n, K]`, rows sum to 1.
      found: Any query vectors for them; the better they are, the smaller the gap.
    """
    p = found.probabilities
    _, step = newton_step(keys, truth, 0.0, found.scores, p)
    tilt = step @ keys.vectors.T
    tilt -= (p * tilt).sum(axis=1, keepdims=True)
    feasible = tilt.min(axis=1) >= -1.0
    tilt = np.where(feasible[:, None], tilt, 0.0)
    ratio = 1.0 + tilt
    logs = np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
    # The mean tilt is 0; taking it off leaves no difference of large numbers.
    bound = np.maximum((p * (ratio * logs - tilt)).sum(axis=1), 0.0)
    gap: FloatArray = np.where(
        feasible, np.minimum(bound, found.kl_nats), found.kl_nats
    )
    return gap


def newton_step(
    keys: Keys,
    truth: FloatArray,
    ridge: float,
    scores: FloatArray,
    probabilities: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Returns gradients and Newton steps, both `[n, d]`."""
    gradient = (probabilities - truth + ridge * scores) @ keys.vectors
    hessian = hessians(keys, ridge, probabilities)
    step = -np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
    return gradient, np.asarray(step, np.float64)


def hessians(keys: Keys, ridge: float, probabilities: FloatArray) -> FloatArray:
    """Returns the Hessian of each query's function by its vector, `[n, d, d]`."""
    vectors, dim = keys.vectors, keys.vectors.shape[1]
    products = (vectors[:, :, None] * vectors[:, None, :]).reshape(-1, dim * dim)
    means = probabilities @ vectors
    found: FloatArray = (probabilities @ products).reshape(-1, dim, dim)
    found -= means[:, :, None] * means[:, None, :]
    found += ridge * (vectors.T @ vectors)
    places = np.arange(dim)
    trace = found[:, places, places].sum(axis=1, keepdims=True)
    found[:, places, places] += _JITTER * trace + np.finfo(np.float64).tiny
    return found


def evaluate(
    keys: Keys, truth: FloatArray, ridge: float, vectors: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Returns scores `[n, K]`, log probabilities `[n, K]` and values `[n]`."""
    scores = vectors @ keys.vectors.T + keys.biases
    logs = special.log_softmax(scores, axis=1)
    values = _kl(truth, logs) + 0.5 * ridge * (scores**2).sum(axis=1)
    return scores, logs, values


def _kl(truth: FloatArray, logs: FloatArray) -> FloatArray:
    surprise = -np.log(truth, out=np.zeros_like(truth), where=truth > 0)
    found: FloatArray = np.maximum(-(truth * (surprise + logs)).sum(axis=1), 0.0)
    return found


def _search(
    keys: Keys,
    truth: FloatArray,
    ridge: float,
    vectors: FloatArray,
    values: FloatArray,
    step: FloatArray,
    slope: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Halves each step until it brings enough; returns vectors and what is there."""
    moved = vectors + step
    scores, logs, found = evaluate(keys, truth, ridge, moved)
    length, short = 1.0, np.arange(len(values))
    for _ in range(_HALVINGS):
        enough = values[short] + _SUFFICIENT * length * slope[short]
        short = short[found[short] > enough]
        if not short.size:
            break
        length /= 2
        moved[short] = vectors[short] + length * step[short]
        scores[short], logs[short], found[short] = evaluate(
            keys, truth[short], ridge, moved[short]
        )
    return moved, scores, logs, found
