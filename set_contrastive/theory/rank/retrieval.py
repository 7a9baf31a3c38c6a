"""Free embeddings: a vector a query and a key, trained to retrieve given subsets.

A subset S is retrieved when each of its keys scores above each key outside,

    min over k in S of q_S . x_k  >  max over k not in S of q_S . x_k,

so that the |S| best-scored keys are S. Training starts from random vectors and takes
full-batch steps of Adam (Kingma and Ba 2015, arXiv 1412.6980) on one of two losses:

- `ranking`: `log(1 + sum over k in S, l not in S of exp(s_l - s_k))`, a smooth form of
  the largest wrong difference of scores.
- `softmax`: the cross-entropy of the softmax over all keys against the uniform
  distribution on S, as the models of this project are trained.
"""

import dataclasses
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import KeyMask

Loss = Literal["ranking", "softmax"]
Floats = npt.NDArray[np.float64]

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8
# A margin below this share of the largest score may be rounding.
_LEAST_MARGIN = 1e-9
_CHECK_EVERY = 25


@dataclasses.dataclass(frozen=True)
class Training:
    """How free embeddings are trained.

    Attributes:
      loss: Name of the loss.
      steps: Steps of Adam at most; training ends when all subsets are retrieved.
      restarts: Random starts, trained side by side.
      learning_rate: Of Adam, falling linearly to a hundredth of it.
      seed: Of the starts.
    """

    loss: Loss = "ranking"
    steps: int = 1500
    restarts: int = 8
    learning_rate: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "restarts"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise UserError(f"learning_rate must be above 0, got {self.learning_rate}")


@dataclasses.dataclass(frozen=True)
class Fit:
    """What training found for one dimension.

    Attributes:
      retrieved: Share of the subsets that the best start retrieves.
      steps: Steps that were taken.
      queries: Vectors of the subsets, `[N, d]`, of the best start.
      keys: Vectors of the keys, `[K, d]`.
    """

    retrieved: float
    steps: int
    queries: Floats
    keys: Floats


def retrieved(scores: Floats, mask: KeyMask) -> npt.NDArray[np.bool_]:
    """Returns which subsets scores `[..., N, K]` retrieve, bool `[..., N]`."""
    worst_in = np.where(mask, scores, np.inf).min(axis=-1)
    best_out = np.where(mask, -np.inf, scores).max(axis=-1)
    least = _LEAST_MARGIN * np.abs(scores).max(axis=-1)
    found: npt.NDArray[np.bool_] = worst_in - best_out > least
    return found


def fit(mask: KeyMask, dim: int, training: Training) -> Fit:
    """Trains free embeddings of one dimension.

    Args:
      mask: The subsets, bool `[N, K]`; none of them empty or of all keys, which any
        scores retrieve.
      dim: Dimension d of the vectors, without a bias.
      training: How.

    Raises:
      UserError: If `dim` is less than 1.
    """
    if dim < 1:
        raise UserError(f"d must be at least 1, got {dim}")
    sizes = mask.sum(axis=1)
    if not (len(mask) and 0 < sizes.min() and sizes.max() < mask.shape[1]):
        raise ValueError("mask must hold subsets, none of them empty or of all keys")
    rng = np.random.default_rng([training.seed, dim])
    queries = rng.standard_normal((training.restarts, len(mask), dim))
    keys = rng.standard_normal((training.restarts, mask.shape[1], dim))
    slope = _SLOPES[training.loss]
    moments = [np.zeros_like(p) for p in (queries, queries, keys, keys)]
    for step in range(training.steps + 1):
        scores = queries @ keys.swapaxes(1, 2)
        if step % _CHECK_EVERY == 0 or step == training.steps:
            shares = retrieved(scores, mask).mean(axis=1)
            if shares.max() == 1 or step == training.steps:
                break
        slopes = slope(scores, mask)
        gradients = (slopes @ keys, slopes.swapaxes(1, 2) @ queries)
        rate = training.learning_rate * (1 - 0.99 * step / training.steps)
        for place, (vectors, gradient) in enumerate(
            zip((queries, keys), gradients, strict=True)
        ):
            first, second = moments[2 * place : 2 * place + 2]
            first += (1 - _BETA1) * (gradient - first)
            second += (1 - _BETA2) * (gradient**2 - second)
            scale = np.sqrt(second / (1 - _BETA2 ** (step + 1))) + _EPSILON
            vectors -= rate / (1 - _BETA1 ** (step + 1)) * first / scale
    best = int(shares.argmax())
    return Fit(float(shares[best]), step, queries[best], keys[best])


def smallest_dim(
    mask: KeyMask,
    enough: int,
    training: Training,
    tell: Callable[[int, Fit], None] = lambda dim, found: None,
) -> tuple[int, dict[int, Fit]]:
    """Finds the smallest dimension in which training retrieves all subsets.

    Bisects between 1 and a dimension that is known to suffice: what d dimensions
    retrieve, d + 1 do as well. The result is an upper bound of the true smallest
    dimension, since training may miss vectors that exist.

    Args:
      mask: The subsets, bool `[N, K]`.
      enough: A dimension that suffices, such as the rank: `mask = Q X^T` retrieves.
      training: How each dimension is tried.
      tell: Called with each dimension and what was found.

    Returns:
      The dimension, and what was found for each one that was tried.
    """
    fits = {}
    low, high = 1, enough
    while low < high:
        dim = (low + high) // 2
        fits[dim] = fit(mask, dim, training)
        tell(dim, fits[dim])
        low, high = (low, dim) if fits[dim].retrieved == 1 else (dim + 1, high)
    return high, fits


def _ranking_slope(scores: Floats, mask: KeyMask) -> Floats:
    """Gradient of the ranking loss by the scores, `[R, N, K]`."""
    weight_out, log_out = _softmax(np.where(mask, -np.inf, scores))
    weight_in, log_in = _softmax(np.where(mask, -scores, -np.inf))
    total = log_out + log_in
    chance: Floats = 0.5 * (1 + np.tanh(0.5 * total))
    slope: Floats = chance * (weight_out - weight_in)
    return slope


def _softmax_slope(scores: Floats, mask: KeyMask) -> Floats:
    """Gradient of the cross-entropy by the scores, `[R, N, K]`."""
    slope: Floats = _softmax(scores)[0] - mask / mask.sum(axis=1, keepdims=True)
    return slope


def _softmax(scores: Floats) -> tuple[Floats, Floats]:
    """Returns the softmax over the last axis, and the log of its denominator."""
    top = scores.max(axis=-1, keepdims=True)
    powers = np.exp(scores - top)
    total = powers.sum(axis=-1, keepdims=True)
    return powers / total, top + np.log(total)


_SLOPES: dict[Loss, Callable[[Floats, KeyMask], Floats]] = {
    "ranking": _ranking_slope,
    "softmax": _softmax_slope,
}
