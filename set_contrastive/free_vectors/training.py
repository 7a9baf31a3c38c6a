r"""The one place where free vectors are trained: one for each query and each key.

The relation that they are to hold is a mask, bool `[N, K]`, True where a key matches a
query. A query is *retrieved* when each of its keys scores above every other one,

    min over k in S of q . x_k  >  max over k not in S of q . x_k.

All queries are in one batch; Adam (Kingma and Ba 2015, arXiv 1412.6980) starts from
normal random vectors. What falls stands in `objectives.py`.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from set_contrastive.base import choices
from set_contrastive.base.errors import UserError
from set_contrastive.free_vectors.objectives import OBJECTIVES as OBJECTIVES
from set_contrastive.free_vectors.objectives import Relation
from set_contrastive.free_vectors.objectives import Vectors
from set_contrastive.games.game import KeyMask

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
