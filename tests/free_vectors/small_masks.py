"""Subsets for free vectors: all pairs of documents, or those of a game."""

import numpy as np

from set_contrastive.games import distinct_subsets
from set_contrastive.games.shared import SharedGame


def subsets_of(deck):
    """Returns the distinct subsets of a shared game: `[subsets, keys]`."""
    return distinct_subsets.of_game(SharedGame(*deck), 1, 0).mask


def pairs(count):
    """Returns a row for each pair of documents: `[pairs, count]`."""
    mask = np.zeros((count * (count - 1) // 2, count), np.bool_)
    np.put_along_axis(mask, np.stack(np.triu_indices(count, 1), 1), True, axis=1)
    return mask
