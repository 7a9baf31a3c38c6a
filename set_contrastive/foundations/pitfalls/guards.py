"""Checks that tell of classic mistakes; each raises UserError and says what it saw."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import Queries

# How often `check_shuffled` may raise though examples are in random order.
_FALSE_ALARMS = 1e-4


def check_disjoint(train: Queries, held_out: Queries) -> None:
    """Raises if a query is in both splits, so that a model may know it by heart.

    Args:
      train: int32 `[n, T]`.
      held_out: int32 `[m, T]`.
    """
    known = {query.tobytes() for query in train}
    shared = sum(query.tobytes() in known for query in held_out)
    if shared:
        raise UserError(
            f"held_out must share no query with train, got {shared} of {len(held_out)}"
        )


def spread_ratio(values: npt.ArrayLike, batch_size: int) -> float:
    """Returns by how much more batch means vary than they would by chance.

    The variance of the means of batches of B, times B, over the variance of all
    values; 1 on average if the order is random.

    Args:
      values: A number for each example, such as the size of its subset, in the order in
        which examples come.
      batch_size: Examples B of a batch; what is left over is not looked at.
    """
    numbers = np.asarray(values, np.float64)
    full = numbers[: len(numbers) // batch_size * batch_size]
    means = full.reshape(-1, batch_size).mean(axis=1)
    return float(batch_size * means.var(ddof=1) / full.var(ddof=1))


def check_shuffled(values: npt.ArrayLike, batch_size: int) -> None:
    """Raises if batches differ more than by chance; see `spread_ratio`.

    In random order the ratio of n batches, times n - 1, is about chi-square distributed
    with n - 1 degrees of freedom.

    Raises:
      UserError: If they do, or if there are fewer than two full batches to tell by.
    """
    freedom = len(np.asarray(values)) // batch_size - 1
    if freedom < 1:
        raise UserError(
            f"values must fill at least 2 batches of {batch_size}, got "
            f"{len(np.asarray(values))}"
        )
    ratio = spread_ratio(values, batch_size)
    if ratio > stats.chi2.isf(_FALSE_ALARMS, freedom) / freedom:
        raise UserError(
            "examples must come in random order, got batches whose means vary "
            f"{ratio:.0f} times as much as by chance"
        )


def mean_over_batches(means: Sequence[float], sizes: Sequence[int]) -> float:
    """Returns the mean of all examples, from means of batches and their sizes.

    Raises:
      UserError: If a mean has no size, or a size is below 1.
    """
    if len(means) != len(sizes) or min(sizes, default=0) < 1:
        raise UserError(
            f"sizes must have a number of at least 1 for each of {len(means)} batches, "
            f"got {list(sizes)}"
        )
    return float(np.average(means, weights=sizes))


def check_fresh(gradient: Callable[[], Sequence[Any]]) -> None:
    """Raises if the gradient of a batch differs from that of the same batch again.

    Gradients that are added to those of the last step have twice the size then.

    Args:
      gradient: Computes the gradients of one batch at weights that do not change.
    """
    first = [np.array(value) for value in gradient()]
    second = [np.array(value) for value in gradient()]
    norm = np.sqrt(sum((value**2).sum() for value in first))
    apart = np.sqrt(
        sum(((a - b) ** 2).sum() for a, b in zip(first, second, strict=True))
    )
    if apart > 1e-3 * norm:
        raise UserError(
            "the gradient of a batch must not depend on what was computed before, got "
            f"a second one that differs by {apart / norm:.0%}"
        )
