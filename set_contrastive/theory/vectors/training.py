r"""The one place where free vectors are trained: one for each query and each key.

The relation that they are to hold is a mask, bool `[N, K]`, True where a key matches a
query. A query is *retrieved* when each of its keys scores above every other one,

    min over k in S of q . x_k  >  max over k not in S of q . x_k.

All queries are in one batch; Adam (Kingma and Ba 2015, arXiv 1412.6980) starts from
normal random vectors. With scores s divided by the temperature, S a query's keys, and
means over the queries, the objectives are

* `softmax`: `log sum_k exp(s_k) - mean over S of s_k`, the cross-entropy of the softmax
  over all keys against the uniform distribution on S;
* `infonce`: the same; arXiv 2508.21038 calls it so;
* `sigmoid`: `sum_k log(1 + exp(-+ (s_k + bias)))`, - on S and + elsewhere, with one
  bias for all, trained too (SigLIP, arXiv 2303.15343);
* `margin`: `max(0, 1 - (least score on S - largest elsewhere))`;
* `ranking`: `log(1 + sum over k in S, l not in S of exp(s_l - s_k))`, a smooth form of
  the largest wrong difference: it asks for nothing beyond the order.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from set_contrastive.base import choices
from set_contrastive.base.errors import UserError
from set_contrastive.games.game import KeyMask

Vectors = npt.NDArray[Any]  # float32 or float64, as the settings say.

# Adam, as usual.
_FIRST_MOMENT, _SECOND_MOMENT, _EPSILON = 0.9, 0.999, 1e-8

# Of the sigmoid objective; as SigLIP starts.
_FIRST_BIAS = -10.0

# A difference below this share of the largest score may be rounding.
_LEAST_MARGIN = 1e-9


@dataclasses.dataclass(frozen=True)
class Settings:
    """How vectors are trained."""

    # What falls.
    objective: str = "softmax"
    # Whether vectors are scaled to length one after each step.
    normalize: bool = False
    # Whether the first vectors have length one.
    unit_start: bool = False
    # Scores are inner products divided by it.
    temperature: float = 1.0
    # Learning rate of Adam, which falls linearly to a share of it.
    learning_rate: float = 0.1
    # That share.
    last_rate: float = 0.01
    # Steps at most; training ends as soon as a start retrieves all queries.
    max_steps: int = 1500
    # Steps without a fall of the loss after which it ends; none for no such end.
    patience: int | None = None
    # What counts as a fall of the loss.
    least_fall: float = 1e-5
    # Steps from one look at what is retrieved to the next.
    check_every: int = 25
    # Random starts, trained side by side.
    restarts: int = 1
    # Precision of the vectors.
    dtype: Literal["float32", "float64"] = "float64"

    def __post_init__(self) -> None:
        choices.choose("objective", self.objective, OBJECTIVES)
        for name in ("temperature", "learning_rate"):
            if not getattr(self, name) > 0:
                raise UserError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("max_steps", "patience", "check_every", "restarts"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UserError(f"{name} must be at least 1, got {value}")


@dataclasses.dataclass(frozen=True)
class Trained:
    """What training found: the start that retrieves most.

    Attributes:
      queries: Vectors of the queries, `[N, d]`.
      keys: Vectors of the keys, `[K, d]`.
      bias: That of the sigmoid objective.
      retrieved: Share of the queries that are retrieved.
      steps: Steps that were taken.
    """

    queries: Vectors
    keys: Vectors
    bias: float
    retrieved: float
    steps: int


@dataclasses.dataclass(frozen=True)
class Relation:
    """What an objective needs to know of the queries and their keys.

    Attributes:
      mask: Whether a key matches a query, bool `[N, K]`.
      weights: Weight of each query, `[N, 1]`; an objective is the weighted sum.
      inverse: `1 / weights`, `[N, 1]`.
      target: `weights * mask / (number of matching keys)`, `[N, K]`.
      places: Matching keys, `[N, k]`, if all queries have equally many and equal
        weights, else None. A loss over them is the same to the last bit then, however
        many keys there are.
    """

    mask: KeyMask
    weights: Vectors
    inverse: Vectors
    target: Vectors
    places: npt.NDArray[np.intp] | None

    @classmethod
    def of_mask(
        cls, mask: KeyMask, weights: npt.ArrayLike | None, dtype: npt.DTypeLike
    ) -> "Relation":
        """Returns the relation of a mask; equal weights that sum to 1 by default."""
        sizes = mask.sum(axis=1, keepdims=True)
        if not (len(mask) and 0 < sizes.min() and sizes.max() < mask.shape[1]):
            raise ValueError(
                "mask must hold subsets, none of them empty or of all keys"
            )
        if weights is not None and np.min(weights) <= 0:
            raise ValueError("weights must be above 0")
        alike = weights is None and bool((sizes == sizes[0]).all())
        each = 1 / len(mask) if weights is None else weights
        column = np.broadcast_to(each, len(mask)).reshape(-1, 1).astype(np.float64)
        return cls(
            mask,
            column.astype(dtype),
            (1 / column).astype(dtype),
            (column * mask / sizes).astype(dtype),
            np.nonzero(mask)[1].reshape(len(mask), -1) if alike else None,
        )

    def mean_on_keys(self, values: Vectors) -> Vectors:
        """Returns the weighted mean over the matching keys of `[R, N, K]`, `[R]`."""
        if self.places is None:
            total: Vectors = np.einsum("nk,rnk->r", self.target, values)
            return total
        rows = np.arange(len(self.mask))[:, None]
        mean: Vectors = values[:, rows, self.places].reshape(len(values), -1).mean(1)
        return mean

    def mean(self, values: Vectors) -> Vectors:
        """Returns the sum of `[R, N, k]`, each query's part weighted, `[R]`."""
        if self.places is None:
            total: Vectors = np.einsum("n,rnk->r", self.weights[:, 0], values)
            return total
        mean: Vectors = values.reshape(len(values), -1).sum(axis=1) / len(self.mask)
        return mean


# Loss `[R]` and gradient `[R, N, K]` from scores `[R, N, K]` and biases `[R, 1, 1]`.
Objective = Callable[[Vectors, Relation, Vectors], tuple[Vectors, Vectors]]


def _softmax(
    scores: Vectors, relation: Relation, bias: Vectors
) -> tuple[Vectors, Vectors]:
    del bias
    # In place, with one exponential: logsumexp of SciPy takes as long as a whole step.
    shifted = scores - scores.max(axis=2, keepdims=True)
    slope = np.exp(shifted)
    totals = slope.sum(axis=2, keepdims=True)
    loss = relation.mean(np.log(totals)) - relation.mean_on_keys(shifted)
    slope /= totals * relation.inverse
    slope -= relation.target
    return loss, slope


def _margin(
    scores: Vectors, relation: Relation, bias: Vectors
) -> tuple[Vectors, Vectors]:
    del bias
    inside = np.where(relation.mask, scores, np.inf)
    outside = np.where(relation.mask, -np.inf, scores)
    lower = inside.argmin(axis=2)[:, :, None]
    rival = outside.argmax(axis=2)[:, :, None]
    short = 1.0 - (
        np.take_along_axis(inside, lower, 2) - np.take_along_axis(outside, rival, 2)
    )
    counted = np.where(short > 0, relation.weights, relation.weights.dtype.type(0))
    slope = np.zeros_like(scores)
    np.put_along_axis(slope, lower, -counted, axis=2)
    np.put_along_axis(slope, rival, counted, axis=2)
    return relation.mean(np.maximum(short, 0.0)), slope


def _sigmoid(
    scores: Vectors, relation: Relation, bias: Vectors
) -> tuple[Vectors, Vectors]:
    logits = scores + bias
    wrong = np.where(relation.mask, -logits, logits)  # Large where it is wrong.
    tail = np.exp(-np.abs(wrong))
    loss = relation.mean(np.maximum(wrong, 0.0) + np.log1p(tail))
    slope = np.where(wrong > 0, scores.dtype.type(1), tail)
    slope /= (1.0 + tail) * relation.inverse
    return loss, np.where(relation.mask, -slope, slope)


def _ranking(
    scores: Vectors, relation: Relation, bias: Vectors
) -> tuple[Vectors, Vectors]:
    del bias
    outside = np.where(relation.mask, -np.inf, scores)
    inside = np.where(relation.mask, -scores, -np.inf)
    log_out = special.logsumexp(outside, axis=2, keepdims=True)
    log_in = special.logsumexp(inside, axis=2, keepdims=True)
    total = log_out + log_in
    chance = 0.5 * (1 + np.tanh(0.5 * total)) * relation.weights
    slope = chance * (np.exp(outside - log_out) - np.exp(inside - log_in))
    return relation.mean(np.logaddexp(0.0, total)), slope


OBJECTIVES: dict[str, Objective] = {
    "softmax": _softmax,
    "infonce": _softmax,
    "sigmoid": _sigmoid,
    "margin": _margin,
    "ranking": _ranking,
}


def retrieved(scores: Vectors, mask: KeyMask) -> npt.NDArray[np.bool_]:
    """Returns which queries scores `[..., N, K]` retrieve, bool `[..., N]`."""
    worst_in = np.where(mask, scores, np.inf).min(axis=-1)
    best_out = np.where(mask, -np.inf, scores).max(axis=-1)
    least = _LEAST_MARGIN * np.abs(scores).max(axis=-1)
    found: npt.NDArray[np.bool_] = worst_in - best_out > least
    return found


def train(
    mask: KeyMask,
    dim: int,
    settings: Settings,
    seed: int | Sequence[int] = 0,
    weights: npt.ArrayLike | None = None,
) -> Trained:
    """Trains vectors of the queries and keys of a relation.

    Args:
      mask: Whether a key matches a query, bool `[N, K]`; no row may be empty or full,
        for any scores retrieve it.
      dim: Dimension d of the vectors, without a bias.
      settings: How.
      seed: Of the first vectors.
      weights: Of the queries, `[N]`; 1 / N each by default.

    Raises:
      UserError: If `dim` is less than 1.
    """
    if dim < 1:
        raise UserError(f"d must be at least 1, got {dim}")
    relation = Relation.of_mask(mask, weights, settings.dtype)
    vectors = _first_vectors(mask.shape, dim, settings, seed)
    count, unit = len(mask), vectors[:, :-1]
    queries, keys = vectors[:, :count], vectors[:, count:-1]
    objective = OBJECTIVES[settings.objective]
    slope, first, second = (np.zeros_like(vectors) for _ in range(3))
    scale = vectors.dtype.type(1.0 / settings.temperature)
    best, since = np.full(len(vectors), np.inf), np.zeros(len(vectors), int)
    step = 0
    while True:
        scores = queries @ (keys.swapaxes(1, 2) * scale)
        stalled = settings.patience is not None and since.min() >= settings.patience
        last = stalled or step == settings.max_steps
        if last or step % settings.check_every == 0:
            shares = retrieved(scores, mask).mean(axis=1)
            if last or shares.max() == 1:
                break
        losses, by_score = objective(scores, relation, vectors[:, -1:, :1])
        falls = losses.astype(np.float64) < best - settings.least_fall
        since, best = np.where(falls, 0, since + 1), np.where(falls, losses, best)
        np.matmul(by_score, keys * scale, out=slope[:, :count])
        np.matmul(by_score.swapaxes(1, 2), queries * scale, out=slope[:, count:-1])
        if settings.objective == "sigmoid":
            slope[:, -1] = by_score.reshape(len(vectors), -1).sum(axis=1)[:, None]
        falling = 1 - (1 - settings.last_rate) * step / settings.max_steps
        step += 1
        adam(vectors, slope, first, second, step, settings.learning_rate * falling)
        if settings.normalize:
            unit /= np.sqrt(np.einsum("rij,rij->ri", unit, unit))[:, :, None]
    at = int(shares.argmax())
    bias = float(vectors[at, -1, 0])
    return Trained(queries[at], keys[at], bias, float(shares[at]), step)


def _first_vectors(
    shape: tuple[int, ...], dim: int, settings: Settings, seed: int | Sequence[int]
) -> Vectors:
    """Returns those of queries, then of keys, then one row that holds the bias."""
    rng = np.random.default_rng(seed)
    kind: Any = np.dtype(settings.dtype)
    drawn = [
        rng.standard_normal((settings.restarts, rows, dim), kind) for rows in shape
    ]
    vectors = np.concatenate([*drawn, drawn[0][:, :1]], axis=1)
    if settings.unit_start or settings.normalize:
        vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    vectors[:, -1] = _FIRST_BIAS
    return vectors


def adam(
    values: Vectors,
    slope: Vectors,
    first: Vectors,
    second: Vectors,
    step: int,
    rate: float,
) -> None:
    """Takes one step of Adam, in place; `slope` is overwritten."""
    kind = values.dtype.type
    first *= kind(_FIRST_MOMENT)
    first += kind(1 - _FIRST_MOMENT) * slope
    second *= kind(_SECOND_MOMENT)
    np.square(slope, out=slope)
    slope *= kind(1 - _SECOND_MOMENT)
    second += slope
    np.sqrt(second, out=slope)
    slope /= kind((1 - _SECOND_MOMENT**step) ** 0.5)
    slope += kind(_EPSILON)
    np.divide(first, slope, out=slope)
    slope *= kind(rate / (1 - _FIRST_MOMENT**step))
    values -= slope
