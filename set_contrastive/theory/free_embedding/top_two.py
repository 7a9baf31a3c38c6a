"""Free vectors of documents and queries, one query for each pair of documents.

Weller et al., "On the Theoretical Limitations of Embedding-Based Retrieval", arXiv
2508.21038, train such vectors on the test data themselves, to see how many documents
each dimension can take. Their criterion is followed: all `n (n - 1) / 2` queries in one
batch, Adam, vectors scaled to length one after each step, InfoNCE with a temperature;
it ends when the two documents of every query outrank all others, or when the loss has
not fallen for a while.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError

Vectors = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]
# Gives the loss and its gradient by the scores, `[m, n]`, from the scores, the places
# of the matching documents and the bias.
Objective = Callable[[Vectors, Places, float], tuple[float, Vectors]]

# Adam, as usual.
_FIRST_MOMENT = 0.9
_SECOND_MOMENT = 0.999
_EPSILON = 1e-8

# Of the sigmoid objective; as SigLIP starts, with a temperature of 0.1.
_FIRST_BIAS = -10.0


@dataclasses.dataclass(frozen=True)
class Settings:
    """How vectors are trained.

    Attributes:
      objective: One of `OBJECTIVES`.
      normalize: Whether vectors are scaled to length one after each step.
      temperature: Scores are inner products divided by it.
      learning_rate: Adam's.
      max_steps: Steps at most.
      patience: Steps without a fall of the loss after which it ends.
      least_fall: What counts as a fall of the loss.
      check_every: Steps from one look at the accuracy to the next.
    """

    objective: str = "infonce"
    normalize: bool = True
    temperature: float = 0.1
    learning_rate: float = 0.01
    max_steps: int = 20_000
    patience: int = 1_000
    least_fall: float = 1e-5
    check_every: int = 50

    def __post_init__(self) -> None:
        """Checks the values."""
        if self.objective not in OBJECTIVES:
            raise UserError(
                f"objective must be one of {', '.join(OBJECTIVES)}, "
                f"got {self.objective!r}"
            )
        for name in ("temperature", "learning_rate", "max_steps", "patience"):
            if getattr(self, name) <= 0:
                raise UserError(f"{name} must be above 0, got {getattr(self, name)}")

    @property
    def label(self) -> str:
        """Its name in a picture."""
        return self.objective + ("" if self.normalize else ", not normalized")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Attributes:
      accuracy: Best share of queries whose two documents outrank all others.
      steps: Steps taken.
    """

    accuracy: float
    steps: int

    @property
    def is_solved(self) -> bool:
        """Whether all queries are answered."""
        return self.accuracy == 1.0


def pairs(num_documents: int) -> Places:
    """Returns the two documents of each query, `[n (n - 1) / 2, 2]`."""
    return np.stack(np.triu_indices(num_documents, 1), axis=1)


def accuracy(scores: npt.NDArray[np.floating], places: Places) -> float:
    """Returns the share of queries whose two documents outrank all others.

    Args:
      scores: `[m, n]`.
      places: The two documents of each query, `[m, 2]`.
    """
    if scores.shape[1] == 2:
        return 1.0
    others = scores.copy()
    np.put_along_axis(others, places, -np.inf, axis=1)
    least = np.take_along_axis(scores, places, axis=1).min(axis=1)
    return float((least > others.max(axis=1)).mean())


def _infonce(scores: Vectors, places: Places, bias: float) -> tuple[float, Vectors]:
    """Mean over queries and their two documents of `-log softmax(scores)`."""
    del bias
    shifted = scores - scores.max(axis=1, keepdims=True)
    slope = np.exp(shifted)
    totals = slope.sum(axis=1, keepdims=True)
    picked = np.take_along_axis(shifted, places, axis=1)
    loss = float(np.log(totals).mean() - picked.mean())
    slope /= totals * len(scores)
    rows = np.arange(len(scores))[:, None]
    slope[rows, places] -= np.float32(0.5 / len(scores))
    return loss, slope


def _margin(scores: Vectors, places: Places, bias: float) -> tuple[float, Vectors]:
    """Mean over queries of `max(0, 1 - (least matching - largest other score))`."""
    del bias
    rows = np.arange(len(scores))
    matching = np.take_along_axis(scores, places, axis=1)
    lower = matching.argmin(axis=1)
    others = scores.copy()
    np.put_along_axis(others, places, -np.inf, axis=1)
    rival = others.argmax(axis=1)
    short = 1.0 - (matching[rows, lower] - others[rows, rival])
    counted = np.where(short > 0, np.float32(1.0 / len(scores)), np.float32(0.0))
    slope = np.zeros_like(scores)
    slope[rows, places[rows, lower]] = -counted
    slope[rows, rival] = counted
    return float(np.maximum(short, 0.0).mean()), slope


def _sigmoid(scores: Vectors, places: Places, bias: float) -> tuple[float, Vectors]:
    """Mean over queries of the sum of `log(1 + exp(-+ (score + bias)))`, as SigLIP."""
    logits = scores + np.float32(bias)
    np.negative(logits, out=logits)
    matching = np.take_along_axis(logits, places, axis=1)
    np.put_along_axis(logits, places, -matching, axis=1)
    np.negative(logits, out=logits)  # Now large where it is wrong.
    tail = np.exp(-np.abs(logits))
    loss = float((np.maximum(logits, 0.0) + np.log1p(tail)).sum() / len(scores))
    slope = np.where(logits > 0, 1.0, tail) / ((1.0 + tail) * np.float32(len(scores)))
    signed = np.take_along_axis(slope, places, axis=1)
    np.put_along_axis(slope, places, -signed, axis=1)
    return loss, slope


OBJECTIVES: dict[str, Objective] = {
    "infonce": _infonce,
    "margin": _margin,
    "sigmoid": _sigmoid,
}


def train(num_documents: int, dim: int, seed: int, settings: Settings) -> Outcome:
    """Trains all vectors from normal random ones until all queries are answered.

    Args:
      num_documents: Number of documents, `n`, at least 2.
      dim: Dimension of the vectors.
      seed: Seed of the first vectors.
      settings: How.
    """
    places = pairs(num_documents)
    count = len(places)
    objective = OBJECTIVES[settings.objective]
    rng = np.random.default_rng([seed, num_documents, dim])
    # Queries first, then documents, then a row that holds the bias.
    vectors = rng.standard_normal((count + num_documents + 1, dim), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[-1] = _FIRST_BIAS
    queries, documents = vectors[:count], vectors[count:-1]
    unit = vectors[:-1]
    slope, first, second = (np.zeros_like(vectors) for _ in range(3))
    scale = np.float32(1.0 / settings.temperature)
    best_loss, best_accuracy, since = np.inf, 0.0, 0
    step = 0
    while step < settings.max_steps and since < settings.patience:
        scores = queries @ (documents.T * scale)
        if step % settings.check_every == 0:
            best_accuracy = max(best_accuracy, accuracy(scores, places))
            if best_accuracy == 1.0:
                return Outcome(1.0, step)
        loss, by_score = objective(scores, places, float(vectors[-1, 0]))
        since = 0 if loss < best_loss - settings.least_fall else since + 1
        best_loss = loss if since == 0 else best_loss
        np.matmul(by_score, documents * scale, out=slope[:count])
        np.matmul(by_score.T, queries * scale, out=slope[count:-1])
        slope[-1] = by_score.sum() if settings.objective == "sigmoid" else 0.0
        step += 1
        _adam(vectors, slope, first, second, step, settings.learning_rate)
        if settings.normalize:
            unit /= np.sqrt(np.einsum("ij,ij->i", unit, unit))[:, None]
    final = accuracy(queries @ documents.T, places)
    return Outcome(max(best_accuracy, final), step)


def _adam(
    values: Vectors,
    slope: Vectors,
    first: Vectors,
    second: Vectors,
    step: int,
    rate: float,
) -> None:
    """Takes one step of Adam, in place."""
    first *= np.float32(_FIRST_MOMENT)
    first += np.float32(1 - _FIRST_MOMENT) * slope
    second *= np.float32(_SECOND_MOMENT)
    np.square(slope, out=slope)
    slope *= np.float32(1 - _SECOND_MOMENT)
    second += slope
    np.sqrt(second, out=slope)
    slope /= np.float32((1 - _SECOND_MOMENT**step) ** 0.5)
    slope += np.float32(_EPSILON)
    np.divide(first, slope, out=slope)
    slope *= np.float32(rate / (1 - _FIRST_MOMENT**step))
    values -= slope
