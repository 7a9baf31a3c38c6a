"""Distinct subsets found by listing them, for decks too large for a set of all bits."""

from collections.abc import Iterator

import numpy as np

from set_contrastive.theory.counting import key_words
from set_contrastive.theory.counting.key_words import Words
from set_contrastive.theory.counting.pairs import PairFold

# Rows that one step may make before equal ones are merged: 2 GiB with what sorting
# takes, for keys of 2 words.
MAX_ROWS = 2**24


def counts(fold: PairFold) -> Iterator[int]:
    """Yields the exact number of non-empty subsets with 1, 2, ... pairs.

    Stops before the step that would make more than `MAX_ROWS` rows.
    """
    masks = _rows(fold)
    reached = masks
    for pairs in range(1, fold.num_pairs + 1):
        if pairs > 1:
            operators = 1 + fold.symmetric_difference
            if len(reached) * len(masks) * operators > MAX_ROWS:
                return
            found = [(reached[:, None] | masks).reshape(-1, masks.shape[1])]
            if fold.symmetric_difference:
                found.append((reached[:, None] ^ masks).reshape(-1, masks.shape[1]))
            reached, _ = key_words.distinct(np.concatenate(found))
        yield int(reached.any(axis=1).sum())


def _rows(fold: PairFold) -> Words:
    num_words = -(-fold.num_keys // 64)
    return np.array(
        [[mask >> 64 * w & 2**64 - 1 for w in range(num_words)] for mask in fold.masks],
        np.uint64,
    )
