"""What training reaches with free vectors of which a document has several.

A query has one vector q, a document m vectors x_b, and what counts is the closest (late
interaction, arXiv 2004.12832):

    score = max_b <q, x_b>, b of m

A query has one, since so a single vector is the case m = 1, nothing that is stored
depends on the queries, and one is enough: with as many vectors of 2 dimensions as
queries ask for a document, every relation is retrieved (free_vectors/max_sim.py). So
not the dimension d must be held equal in a comparison but d m, the floats of a
document.

As in reached.py, vectors are trained on the rows and columns of the reduced relation,
and measured on the very queries that they were trained on. What they reach exists, so
the best measure that d and m allow is at least that, and the least KL at most theirs:
the training is not convex, and more may be there than it found.
"""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from set_contrastive.advisor import reached
from set_contrastive.free_vectors import late_training
from set_contrastive.games.distinct_subsets import Subsets

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating]

# Arrays of the products `[R, C, m]` that a step of training holds, in float32.
_ARRAYS = 5


@dataclasses.dataclass(frozen=True, eq=False)
class Vectors:
    """Vectors of which a column has several.

    Attributes:
      rows: A vector of each row, `[R, d]`.
      columns: Vectors of each column, `[C, m, d]`.
    """

    rows: Floats
    columns: Floats

    def scores(self) -> Floats:
        """Returns the largest inner product with a column's vectors, `[R, C]`."""
        each = [self.rows @ vectors.T for vectors in self.columns.swapaxes(0, 1)]
        best: Floats = np.maximum.reduce(each)
        return best


def train(
    mask: Mask, weights: npt.NDArray[Any], number: int, dim: int, seed: int
) -> Vectors:
    """Trains free vectors of a relation, several of a column, on the softmax's KL.

    Args:
      mask: The relation, bool `[R, C]`.
      weights: Queries of each row, `[R]`.
      number: Vectors of a column, m.
      dim: Dimension of each vector.
      seed: Of the first vectors.
    """
    asked = ~mask.all(axis=1)
    rows = np.zeros((len(mask), dim), np.float32)
    if not asked.any():  # Any vectors will do.
        return Vectors(rows, np.zeros((mask.shape[1], number, dim), np.float32))
    settings = late_training.Settings(
        seed=seed,
        steps=steps(mask.size, number),
        learning_rate=0.1 * min(1.0, (64 / dim) ** 0.5),
    )
    subsets = Subsets(mask[asked], weights[asked], whole=True)
    enough = retrieves_all_below(mask[asked], subsets.weights)
    found = late_training.train(
        subsets, dim, number, 1, settings, is_enough=lambda kl: kl < enough
    )
    rows[asked] = found.queries[:, 0]
    return Vectors(rows, found.keys)


def retrieves_all_below(mask: Mask, shares: npt.NDArray[np.floating]) -> float:
    """Returns a mean KL below which every row is retrieved, in nats.

    Where a column that is not relevant scores as high as one of k that are, the latter
    has at most half of what the softmax gives the two. To take the two for one lowers
    the KL, by `log(2) / k` or more, to something that is not below 0. So a row whose KL
    is below `log(2) / k` is retrieved.

    Args:
      mask: The relation, bool `[R, C]`.
      shares: Of each row in the mean, `[R]`.
    """
    return float((shares * np.log(2) / mask.sum(axis=1)).min())


def steps(size: int, number: int) -> int:
    """Returns the steps of a training with m = `number`, of `R C = size` entries."""
    return reached.steps(size * number)


def memory(size: int, number: int) -> int:
    """Returns about how many bytes such a training holds."""
    return _ARRAYS * 4 * size * number
