r"""Several vectors of a key in two dimensions: MaxSim retrieves any relation.

Put the N subsets on a circle, `q_i = (cos a_i, sin a_i)` with `a_i = 2 pi i / N`, and
give each key the points of the subsets that it is in. Then

    max_j <q_i, k_j> = 1 if the key is in subset i, and <= cos(2 pi / N) < 1 if not,

whatever the subsets are. So with d = 2, one vector of a query and as many vectors of a
key as there are subsets that hold it, each subset is retrieved, and the KL of scores
that are scaled up falls to 0. Where a key has several vectors, not their dimension is
what a comparison must hold equal but the numbers that a key takes, d times m.
"""

import numpy as np

from set_contrastive.base.arrays import FloatArray
from set_contrastive.base.errors import UserError
from set_contrastive.games.game import KeyMask


def vectors_needed(mask: KeyMask) -> int:
    """Returns how many vectors a key has in `witness`: the most subsets that hold one.

    Args:
      mask: The subsets, bool `[N, K]`.
    """
    return max(1, int(mask.sum(axis=0).max(initial=0)))


def witness(mask: KeyMask) -> tuple[FloatArray, FloatArray]:
    """Returns vectors of queries and keys whose MaxSim retrieves each subset.

    Args:
      mask: The subsets, bool `[N, K]`, no two alike.

    Returns:
      A unit vector of each query, `[N, 2]`, and the vectors of each key, `[K, m, 2]`,
      where m is `vectors_needed`. A key that is in fewer subsets repeats one of its
      points; a key in none has zeros, which score 0.

    Raises:
      UserError: If there are no subsets, or two are alike.
    """
    if not len(mask):
        raise UserError("mask must hold at least one subset, got none")
    if len(np.unique(mask, axis=0)) < len(mask):
        raise UserError("mask must hold distinct subsets, got some of them twice")
    angles = 2 * np.pi * np.arange(len(mask)) / len(mask)
    queries = np.column_stack([np.cos(angles), np.sin(angles)])
    keys = np.zeros((mask.shape[1], vectors_needed(mask), 2))
    for key, column in enumerate(mask.T):
        points = queries[column]
        if len(points):
            keys[key] = points[np.arange(keys.shape[1]) % len(points)]
    return queries, keys


def scores(queries: FloatArray, keys: FloatArray) -> FloatArray:
    """Returns `max_j <q_i, k_j>` of each query and key, `[N, K]`."""
    products = np.einsum("nd,kjd->nkj", queries, keys)
    best: FloatArray = products.max(axis=2)
    return best
