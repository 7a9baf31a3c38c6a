"""What training reaches with free vectors: one for each query and each document.

No encoder stands between, so this is what an optimizer gets from a dimension, where
existence.py tells what there is to be had. Vectors are trained on the rows and columns
of the reduced relation, and measured on the very queries that they were trained on: an
optimist's value for any encoder, a pessimist's for geometry.
"""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize
from scipy import special

from set_contrastive.advisor import retrieval
from set_contrastive.advisor.existence import Witness
from set_contrastive.base.choices import choose
from set_contrastive.free_vectors import training

Mask = npt.NDArray[np.bool_]

# Scores that a training computes at most, over all its steps.
_WORK = 1.5e8
_FEWEST_STEPS, _MOST_STEPS = 200, 1000

_BASE = training.Settings(dtype="float32", unit_start=True)
OBJECTIVES = {
    # Vectors of any length, as the models of this project have them.
    "softmax": dataclasses.replace(_BASE, objective="softmax", learning_rate=0.1),
    # Unit vectors and a temperature, as arXiv 2508.21038 trains them.
    "infonce": dataclasses.replace(
        _BASE,
        objective="infonce",
        normalize=True,
        temperature=0.05,
        learning_rate=0.03,
    ),
    # Unit vectors, a temperature and a learned bias, as SigLIP trains them.
    "sigmoid": dataclasses.replace(
        _BASE,
        objective="sigmoid",
        normalize=True,
        temperature=0.1,
        learning_rate=0.03,
    ),
}


def train(
    mask: Mask, weights: npt.NDArray[Any], objective: str, dim: int, seed: int
) -> Witness:
    """Trains free vectors of a relation.

    Args:
      mask: The relation, bool `[R, C]`.
      weights: Queries of each row, `[R]`.
      objective: One of `OBJECTIVES`.
      dim: Dimension of the vectors.
      seed: Of the first vectors.
    """
    settings = choose("objective", objective, OBJECTIVES)
    asked = ~mask.all(axis=1)
    rows = np.zeros((len(mask), dim), np.float32)
    if not asked.any():  # Any vectors will do.
        return Witness(objective, rows, np.zeros((mask.shape[1], dim), np.float32))
    rate = settings.learning_rate * min(1.0, (64 / dim) ** 0.5)
    settings = dataclasses.replace(
        settings, max_steps=steps(mask.size), learning_rate=rate
    )
    shares = weights[asked] / weights[asked].sum()
    found = training.train(mask[asked], dim, settings, [seed, dim], shares)
    rows[asked] = found.queries
    return Witness(objective, rows, found.keys)


def steps(size: int) -> int:
    """Returns the most steps of a training of a relation of `R C = size` entries."""
    return int(np.clip(_WORK / size, _FEWEST_STEPS, _MOST_STEPS))


def kl_nats(
    scores: npt.NDArray[np.floating], mask: Mask, weights: npt.NDArray[Any]
) -> float:
    """Returns the mean KL(truth || softmax) over columns, in nats.

    Training ends when all is retrieved, at scores of whatever size; so this is the KL
    at the best temperature, one for all queries.

    Args:
      scores: `[R, C]`.
      mask: Which columns are relevant, bool `[R, C]`; the truth is uniform on them.
      weights: Queries of each row, `[R]`.
    """
    sizes = mask.sum(axis=1)
    scores = scores.astype(np.float64)
    centred = scores - scores.max(axis=1, keepdims=True)
    on_relevant = np.where(mask, centred, 0.0).sum(axis=1) / sizes
    shares = weights / weights.sum()

    def of(log_scale: float) -> float:
        scale = np.exp(log_scale)
        total = special.logsumexp(scale * centred, axis=1)
        return float(shares @ (total - scale * on_relevant - np.log(sizes)))

    best = optimize.minimize_scalar(of, bounds=(-5.0, 8.0), method="bounded")
    return max(float(best.fun), 0.0)


def summary(
    witness: Witness, mask: Mask, weights: npt.NDArray[Any]
) -> dict[str, float]:
    """Returns share of rows retrieved, recall of columns and smallest gap."""
    scores = witness.rows @ witness.columns.T
    return {
        "retrieved": retrieval.share(scores, mask, weights),
        "recall": retrieval.recall(scores, mask, weights),
        "min_gap": retrieval.min_gap(witness.rows, witness.columns, mask),
    }
