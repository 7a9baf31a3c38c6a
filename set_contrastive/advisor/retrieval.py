"""Whether vectors retrieve a relation: every relevant column above all others."""

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating]
Numbers = npt.NDArray[np.floating] | npt.NDArray[np.integer]


def gaps(scores: Floats, mask: Mask) -> FloatArray:
    """Returns by how much the worst relevant column beats the best other, `[R]`.

    Rows to which all columns are relevant, or none, have an infinite gap.

    Args:
      scores: `[R, C]`.
      mask: Which columns are relevant, bool `[R, C]`.
    """
    worst = np.where(mask, scores, np.inf).min(axis=1)
    best = np.where(mask, -np.inf, scores).max(axis=1)
    return np.asarray(worst - best, np.float64)


def share(scores: Floats, mask: Mask, weights: Numbers) -> float:
    """Returns the share of the queries whose relevant columns are all ahead."""
    return float(weights @ (gaps(scores, mask) > 0) / weights.sum())


def recall(scores: Floats, mask: Mask, weights: Numbers) -> float:
    """Returns the mean share of the relevant columns among as many best-scored ones.

    A column that ties with one that is not relevant counts as behind it.

    Args:
      scores: `[R, C]`.
      mask: Which columns are relevant, bool `[R, C]`.
      weights: Queries of each row, `[R]`.
    """
    sizes = mask.sum(axis=1)
    # Relevant columns after others of the same score: the pessimistic order.
    order = np.lexsort((mask, -scores), axis=1)
    ranked = np.take_along_axis(mask, order, axis=1)
    places = np.arange(mask.shape[1])
    hits = (ranked & (places < sizes[:, None])).sum(axis=1)
    shares = hits / np.maximum(sizes, 1)
    return float(weights @ shares / weights.sum())


def min_gap(queries: Floats, documents: Floats, mask: Mask) -> float:
    """Returns the smallest gap, of queries of length one and documents of at most one.

    One factor scales all documents, so that their order stays what it is.
    """
    scores = unit(queries) @ in_unit_ball(documents).T
    return float(gaps(scores, mask).min(initial=np.inf))


def unit(vectors: Floats) -> Floats:
    """Returns vectors scaled to length one; those of length 0 stay as they are."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Floats = vectors / np.where(lengths > 0, lengths, 1.0)
    return found


def in_unit_ball(vectors: Floats) -> Floats:
    """Returns vectors scaled by one factor, so that the longest has length one."""
    longest = np.linalg.norm(vectors, axis=1).max(initial=0.0)
    found: Floats = vectors / (longest if longest > 0 else 1.0)
    return found
