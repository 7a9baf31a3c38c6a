"""How sure a mean over queries is: percentile intervals of the bootstrap.

`Q` queries are drawn with replacement from the `Q` that there are, `resamples` times,
and the interval holds the middle `level` of the means (Efron and Tibshirani, An
Introduction to the Bootstrap, 1993, chapter 13). A drawing is its multinomial counts
`c`, so that a mean is `c . values / Q`. The same seed draws the same queries for all
values, so that intervals of different vectors differ by the vectors alone.
"""

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError

FloatArray = npt.NDArray[np.float64]

# Counts held at a time.
_BLOCK = 2**22


def interval(
    values: npt.ArrayLike, seed: int = 0, resamples: int = 2000, level: float = 0.95
) -> tuple[float, float]:
    """Returns the ends of an interval for the mean.

    Args:
      values: Value of each query, `[Q]`.
      seed: Of the drawings.
      resamples: Drawings.
      level: Share of the means that the interval holds.

    Raises:
      UserError: If there are no values.
    """
    return intervals(np.asarray(values, np.float64)[None], seed, resamples, level)[0]


def intervals(
    values: npt.ArrayLike, seed: int = 0, resamples: int = 2000, level: float = 0.95
) -> list[tuple[float, float]]:
    """Returns the ends of an interval for the mean of each row.

    Queries are drawn once for all rows, which takes most of the time.

    Args:
      values: Values of each query in each row, `[N, Q]`.
      seed: Of the drawings.
      resamples: Drawings.
      level: Share of the means that an interval holds.

    Raises:
      UserError: If there are no queries.
    """
    numbers = np.asarray(values, np.float64)
    num_queries = numbers.shape[1]
    if not num_queries:
        raise UserError("values must be those of at least one query, got none")
    sums = [
        _counts(num_queries, drawings, seed, start) @ numbers.T
        for start, drawings in _shares(num_queries, resamples)
    ]
    means = np.concatenate(sums) / num_queries
    tail = (1 - level) / 2
    lows, highs = np.quantile(means, [tail, 1 - tail], axis=0)
    return list(zip(lows.tolist(), highs.tolist(), strict=True))


def loss_interval(
    full: npt.ArrayLike,
    other: npt.ArrayLike,
    seed: int = 0,
    resamples: int = 2000,
    level: float = 0.95,
) -> tuple[float, float, float]:
    """Returns what is lost by others than the full vectors, query by query.

    Args:
      full: Value of each query with the full vectors, `[Q]`.
      other: The same with the others, `[Q]`.
      seed: Of the drawings.
      resamples: Drawings.
      level: Share of the mean losses that the interval holds.

    Returns:
      The mean of `full - other`, and the ends of its interval.
    """
    losses = np.asarray(full, np.float64) - np.asarray(other, np.float64)
    low, high = interval(losses, seed, resamples, level)
    return float(losses.mean()), low, high


def _shares(num_queries: int, resamples: int) -> list[tuple[int, int]]:
    """Returns first and number of the drawings that are made at a time."""
    step = max(1, _BLOCK // num_queries)
    return [
        (start, min(step, resamples - start)) for start in range(0, resamples, step)
    ]


def _counts(num_queries: int, drawings: int, seed: int, start: int) -> FloatArray:
    """Returns how often each query is drawn, `[drawings, num_queries]`."""
    rng = np.random.default_rng([seed, start])
    shares = np.full(num_queries, 1 / num_queries)
    return rng.multinomial(num_queries, shares, size=drawings).astype(np.float64)
