r"""Free vectors, several of a query and of a key, trained on their MaxSim scores.

With query vectors q_ia, a of m_q, and key vectors x_kb, b of m_k, the scores are

    s_ik = sum_a max_b <q_ia, x_kb>

and what falls is the mean over the queries of KL(truth || softmax of s_i). It is not
convex, not even in the queries alone, so what is found is an upper bound.

The largest product alone has a gradient, so a vector that is nowhere the largest would
stay where it began. Therefore the maximum starts as `t log sum_b exp(<q, x_b> / t)`,
whose temperature t falls by equal factors until, for the last part, it is a maximum. In
the end the vectors are taken that had the least KL of hard MaxSim scores.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from set_contrastive.base.arrays import FloatArray
from set_contrastive.base.errors import UserError
from set_contrastive.free_vectors.objectives import Vectors
from set_contrastive.free_vectors.training import adam
from set_contrastive.games import splits
from set_contrastive.games.distinct_subsets import Subsets

# The temperature at the start, and at the step from which on the maximum is hard.
_FIRST_TEMPERATURE, _LAST_TEMPERATURE = 1.0, 0.02
_HARD_FROM = 0.7  # As a share of the steps.
_LAST_RATE = 0.01  # As a share of the learning rate.
_LOOK_EVERY = 25  # Steps.


@dataclasses.dataclass(frozen=True)
class Settings:
    """How several vectors are trained."""

    # Random starts, one after the other.
    restarts: int = 3
    # Queries of games that do not list all.
    num_queries: int = splits.HELD_OUT_SIZE
    # Seed of the starts.
    seed: int = 0
    # Steps of a start.
    steps: int = 2000
    # Learning rate of Adam, which falls linearly.
    learning_rate: float = 0.1

    def __post_init__(self) -> None:
        for name, least in (
            ("restarts", 1),
            ("num_queries", 1),
            ("seed", 0),
            ("steps", 1),
        ):
            if getattr(self, name) < least:
                raise UserError(
                    f"{name} must be at least {least}, got {getattr(self, name)}"
                )


@dataclasses.dataclass(frozen=True)
class Found:
    """Where a start ended.

    Attributes:
      queries: Vectors of the queries, `[N, m_q, d]`.
      keys: Vectors of the keys, `[K, m_k, d]`.
      kl_nats: Mean KL(truth || prediction) of the hard MaxSim scores.
      overlap: Share of the |S| best-scored keys that are in S, averaged.
    """

    queries: Vectors
    keys: Vectors
    kl_nats: float
    overlap: float


def train(
    subsets: Subsets,
    dim: int,
    vectors_per_key: int,
    vectors_per_query: int,
    settings: Settings,
    restart: int = 0,
    is_enough: Callable[[float], bool] = lambda kl: False,
) -> Found:
    """Trains vectors once.

    Args:
      subsets: The queries.
      dim: Dimension of each vector.
      vectors_per_key: m_k.
      vectors_per_query: m_q.
      settings: How.
      restart: Number of the start.
      is_enough: Whether a KL of hard scores ends it, asked every 25 steps.

    Raises:
      UserError: If a number is less than 1.
    """
    _check(dim, vectors_per_key, vectors_per_query)
    count, num_keys = subsets.mask.shape
    split = count * vectors_per_query
    rows = split + num_keys * vectors_per_key
    rng = np.random.default_rng([settings.seed, restart])
    values = rng.standard_normal((rows, dim), np.float32)
    first, second = np.zeros_like(values), np.zeros_like(values)
    shape = (count, vectors_per_query, num_keys, vectors_per_key)
    truth, weights, best, kept = subsets.truth, subsets.weights, np.inf, values.copy()
    for step in range(settings.steps + 1):
        queries, keys = values[:split], values[split:]
        if step % _LOOK_EVERY == 0 or step == settings.steps:
            scores = _max_sim(queries, keys, shape)
            kl = float(weights @ _kl(scores.astype(np.float64), truth))
            if kl < best:
                best, kept = kl, values.copy()
            if step == settings.steps or is_enough(kl):
                break
        _, by_product = loss(
            (queries @ keys.T).reshape(shape),
            truth,
            weights,
            _temperature(step / settings.steps),
        )
        flat = by_product.reshape(split, -1)
        slope = np.concatenate([flat @ keys, flat.T @ queries])
        falling = 1 - (1 - _LAST_RATE) * step / settings.steps
        rate = settings.learning_rate * falling
        adam(values, slope, first, second, step + 1, rate)
    queries, keys = kept[:split], kept[split:]
    scores = _max_sim(queries, keys, shape)
    return Found(
        queries.reshape(count, vectors_per_query, dim),
        keys.reshape(num_keys, vectors_per_key, dim),
        best,
        float(weights @ _overlap(scores, subsets)),
    )


def _check(dims: int, vectors_per_key: int, vectors_per_query: int) -> None:
    for name, value in (
        ("dims", dims),
        ("vectors_per_key", vectors_per_key),
        ("vectors_per_query", vectors_per_query),
    ):
        if value < 1:
            raise UserError(f"{name} must be at least 1, got {value}")


def _max_sim(queries: Vectors, keys: Vectors, shape: tuple[int, ...]) -> Vectors:
    """Returns the scores `[N, K]` of rows of vectors; shape is `[N, m_q, K, m_k]`."""
    scores: Vectors = (queries @ keys.T).reshape(shape).max(axis=3).sum(axis=1)
    return scores


def loss(
    products: Vectors, truth: FloatArray, weights: FloatArray, temperature: float
) -> tuple[float, Vectors]:
    """Returns the mean KL, and its gradient by the products `[N, m_q, K, m_k]`.

    Args:
      products: `[N, m_q, K, m_k]`.
      truth: Uniform on the keys of each query, `[N, K]`.
      weights: Of the queries, `[N]`, which sum to one.
      temperature: Of the smooth maximum; 0 for the maximum itself.
    """
    top = products.max(axis=3, keepdims=True)
    if temperature:
        shares = np.exp((products - top) / temperature)
        totals = shares.sum(axis=3, keepdims=True)
        shares /= totals
        best = (top + temperature * np.log(totals))[..., 0]
    else:
        shares = (products == top).astype(products.dtype)
        shares /= shares.sum(axis=3, keepdims=True)
        best = top[..., 0]
    scores = best.sum(axis=1)
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    predicted = shifted / shifted.sum(axis=1, keepdims=True)
    by_score = weights[:, None] * (predicted - truth)
    slope = by_score.astype(products.dtype)[:, None, :, None] * shares
    return float(weights @ _kl(scores, truth)), slope


def _temperature(share: float) -> float:
    """Returns the temperature after a share of the steps; 0 at last."""
    if share >= _HARD_FROM:
        return 0.0
    fallen: float = (_LAST_TEMPERATURE / _FIRST_TEMPERATURE) ** (share / _HARD_FROM)
    return _FIRST_TEMPERATURE * fallen


def _kl(scores: Any, truth: FloatArray) -> FloatArray:
    """Returns KL(truth || softmax of the scores) of each query, `[N]`."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_shares = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    log_truth = np.log(np.where(truth > 0, truth, 1.0))
    found: FloatArray = (truth * (log_truth - log_shares)).sum(axis=1)
    return found


def _overlap(scores: Any, subsets: Subsets) -> FloatArray:
    """Returns the share of the |S| best-scored keys that are in S, `[N]`."""
    order = np.argsort(-scores, axis=1, kind="stable")
    hits = np.take_along_axis(subsets.mask, order, axis=1)
    sizes = subsets.mask.sum(axis=1, keepdims=True)
    among = np.arange(hits.shape[1]) < sizes
    found: FloatArray = (hits & among).sum(axis=1) / sizes[:, 0]
    return found
