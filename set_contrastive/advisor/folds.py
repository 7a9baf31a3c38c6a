"""Folds of the queries: what is fitted on some is measured on the others."""

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError


def split(num_queries: int, folds: int, seed: int = 0) -> npt.NDArray[np.int64]:
    """Returns the number of each query's fold, `[num_queries]`.

    Sizes differ by at most one.

    Args:
      num_queries: Queries.
      folds: Folds, at least 2.
      seed: Draws who goes where.

    Raises:
      UserError: If there are fewer than 2 folds, or fewer queries than folds.
    """
    if folds < 2:
        raise UserError(f"folds must be at least 2, got {folds}")
    if num_queries < folds:
        raise UserError(
            f"folds must be at most the number of queries, {num_queries}, got {folds}"
        )
    return np.random.default_rng(seed).permutation(num_queries) % folds
