"""The smallest dimension in which training retrieves all subsets."""

import time
from collections.abc import Iterable
from typing import Any

from set_contrastive.free_vectors import training
from set_contrastive.free_vectors.training import Trained
from set_contrastive.games.game import KeyMask


def find(
    mask: KeyMask, enough: int, settings: training.Settings, seed: int
) -> tuple[int, dict[int, Trained]]:
    """Finds the smallest dimension in which training retrieves all subsets.

    Tries 1, 2, ... in turn, since training may miss in d + 1 dimensions what it found
    in d. The result is an upper bound of the true smallest dimension: it may miss
    vectors that exist in fewer, too.

    Args:
      mask: The subsets, bool `[N, K]`.
      enough: A dimension that suffices, such as the rank: `mask = Q X^T` retrieves.
      settings: How each dimension is tried.
      seed: Of the first vectors, together with the dimension.

    Returns:
      The dimension, and what was found for each one that was tried.
    """
    found = {}
    for dim in range(1, enough):
        found[dim] = training.train(mask, dim, settings, [seed, dim])
        if found[dim].retrieved == 1:
            return dim, found
    return enough, found


def columns(
    mask: KeyMask, enough: int, ways: Iterable[training.Settings], seed: int
) -> dict[str, Any]:
    """Returns columns of a table: what `find` found for each way of training."""
    start = time.perf_counter()
    row: dict[str, Any] = {}
    mask = mask[~mask.all(axis=1)]  # Every ranking retrieves all keys.
    for way in ways:
        dim, found = find(mask, enough, way, seed)
        row[f"smallest_d_{way.objective}"] = dim
        below = found.get(dim - 1)
        row[f"share_below_{way.objective}"] = below.retrieved if below else 0.0
    return row | {"seconds": time.perf_counter() - start}
