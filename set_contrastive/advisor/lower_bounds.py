"""What dimension judgements need at least, whatever the vectors are.

Each bound comes with a proof by example, a set of documents or the whole relation:

* k-subsets. If all k-subsets of K columns are asked for (as what rows pick among these
  columns), d is at least `necessary_dim(k, K)`: 2k from K = 3k on (Radon 1921).
* Shattering. If rows pick every subset of s columns, d is at least s - 1, since
  half-spaces of R^d shatter d + 1 points at most (a threshold for each query is free).
* Sign rank. `sqrt(R C) / ||2 A - 1||`, less one (Forster 2002; arXiv 2508.21038).

A greedy search for the columns may miss some, which leaves a bound that is true but
smaller than it could be.
"""

import math

import numpy as np
import numpy.typing as npt
from scipy.sparse import linalg

from set_contrastive.free_vectors import moment_curve

Mask = npt.NDArray[np.bool_]

_LARGEST_SUBSET = 3
_STARTS = 8
_MOST_COLUMNS = 200  # Those of most rows are looked at.
_LARGEST_SPECTRUM = 20_000_000  # Entries of the matrix whose norm is computed.


def of_relation(mask: Mask) -> tuple[int, str]:
    """Returns a dimension that is needed, and why.

    Args:
      mask: Which columns are relevant, bool `[R, C]`; distinct rows and columns.
    """
    sizes = mask.sum(axis=1)
    asked = mask[(sizes > 0) & (sizes < mask.shape[1])]
    if not len(asked):
        return 1, "every document is relevant to every query"
    found = [(1, "one query tells documents apart"), _spectral(asked)]
    for size in range(1, _LARGEST_SUBSET + 1):
        columns = all_subsets(asked, size)
        found.append(
            (
                moment_curve.necessary_dim(size, len(columns)),
                f"every {size} of {len(columns)} documents are asked for (Radon)",
            )
        )
    shattered = shattered_columns(asked)
    found.append(
        (
            len(shattered) - 1,
            f"every subset of {len(shattered)} documents is asked for (VC dimension)",
        )
    )
    return max(found, key=lambda bound: bound[0])


def all_subsets(mask: Mask, size: int) -> list[int]:
    """Returns columns all of whose subsets of a size are what some row picks.

    Starts from the columns of most rows and takes every column that keeps this true,
    up to the `3 size` columns from which on more say nothing.
    """
    order = np.argsort(-mask.sum(axis=0), kind="stable")[:_MOST_COLUMNS]
    best: list[int] = []
    for start in order[:_STARTS]:
        chosen = [int(start)]
        for column in order:
            if len(chosen) == 3 * size:
                return chosen
            trial = [*chosen, int(column)]
            if column not in chosen and _has_subsets(mask, trial, size):
                chosen = trial
        best = max(best, chosen, key=len)
    return best


def _has_subsets(mask: Mask, columns: list[int], size: int) -> bool:
    if len(columns) <= size:
        return bool(mask[:, columns].all(axis=1).any())  # So far all stand in one row.
    picked = mask[:, columns]
    picked = picked[picked.sum(axis=1) == size]
    wanted = math.comb(len(columns), size)
    return len(picked) >= wanted and len(np.unique(picked, axis=0)) == wanted


def shattered_columns(mask: Mask) -> list[int]:
    """Returns columns all of whose subsets are what some row picks, found greedily.

    None and all of them need no row: a half-space picks these anyway.
    """
    order = np.argsort(np.abs(mask.mean(axis=0) - 0.5), kind="stable")
    chosen: list[int] = []
    codes = np.zeros(len(mask), np.int64)
    for column in order:
        patterns = 2 ** (len(chosen) + 1)
        if patterns > len(mask) + 2:
            break
        trial = 2 * codes + mask[:, column]
        if len(np.union1d(trial, [0, patterns - 1])) == patterns:
            chosen, codes = [*chosen, int(column)], trial
    return chosen


def _spectral(mask: Mask) -> tuple[int, str]:
    if mask.size > _LARGEST_SPECTRUM or min(mask.shape) < 3:
        return 1, "sign rank"
    signs = np.where(mask, 1.0, -1.0)
    norm = float(linalg.svds(signs, k=1, return_singular_vectors=False, rng=0)[0])
    rank = math.sqrt(signs.size) / norm
    return math.ceil(rank - 1e-6) - 1, f"sign rank at least {rank:.3g} (Forster)"
