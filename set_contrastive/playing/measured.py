"""What a model predicts for one query, and how far that is from the truth."""

import dataclasses

import numpy as np
import numpy.typing as npt

from set_contrastive.games.game import Queries
from set_contrastive.playing.shelf import Model
from set_contrastive.runs import metrics

# How many random queries the hardest one is taken from.
NUM_DRAWN = 2048


@dataclasses.dataclass(frozen=True)
class Measured:
    """The prediction of one model for one query.

    Attributes:
      model: The model.
      matches: The keys that truly match, bool `[K]`.
      probabilities: Softmax of the scores, `[K]`.
      kl_nats: KL(truth || prediction).
      overlap: Share of the |S| best-scored keys that match.
      entropy_bits: Entropy of the prediction; that of the truth is log2 |S|.
      leaked: Probability of all keys that do not match.
    """

    model: Model
    matches: npt.NDArray[np.bool_]
    probabilities: npt.NDArray[np.float64]
    kl_nats: float
    overlap: float
    entropy_bits: float
    leaked: float


def measure(model: Model, query: Queries) -> Measured:
    """Returns what a model predicts for a query `[T]` that matches some key."""
    queries = query[None]
    mask = model.game.answer(queries)
    scores = model.subject.score(queries)
    probabilities = np.exp(metrics.log_softmax(scores))[0]
    return Measured(
        model,
        mask[0],
        probabilities,
        float(metrics.kl_nats(scores, mask)[0]),
        float(metrics.top_k_overlap(scores, mask)[0]),
        float(metrics.entropy_bits(scores)[0]),
        float(probabilities[~mask[0]].sum()),
    )


def hardest(
    model: Model, rng: np.random.Generator, num_queries: int = NUM_DRAWN
) -> tuple[Queries, float]:
    """Returns, of random queries, the one of the largest KL, `[T]`, and that KL."""
    queries = model.game.sample(rng, num_queries)
    mask = model.game.answer(queries)
    kl = metrics.kl_nats(model.subject.score(queries), mask)
    worst = int(kl.argmax())
    return queries[worst], float(kl[worst])
