"""Sets as 64-bit words: a subset of keys as a row of them, which sorts fast."""

import numpy as np
import numpy.typing as npt

from set_contrastive.base.arrays import IntArray
from set_contrastive.games.game import KeyMask

# Rows of words `[n, W]`, or a set of bits, `[2^(K - 6)]` words.
Words = npt.NDArray[np.uint64]


def pack(masks: KeyMask) -> Words:
    """Returns masks of keys `[n, K]` as words, `[n, ceil(K / 64)]`.

    Key k is bit `k % 64` of word `k // 64`.
    """
    packed = np.packbits(masks, axis=1, bitorder="little")
    num_words = -(-masks.shape[1] // 64)
    padded = np.zeros((len(masks), 8 * num_words), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.dtype("<u8")).astype(np.uint64)


def distinct(rows: Words) -> tuple[Words, IntArray]:
    """Returns the distinct rows of `[n, W]` words, and how often each stands there."""
    ordered = rows[np.lexsort(rows.T)]
    starts = np.ones(len(rows), np.bool_)
    starts[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    edges = np.append(np.flatnonzero(starts), len(rows))
    return ordered[starts], np.diff(edges)
