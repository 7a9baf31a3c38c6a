"""The queries that a floor is found on, as distinct key subsets with weights."""

import dataclasses

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import Game

FloatArray = npt.NDArray[np.float64]

# Streams of random numbers of the prepared data's held-out splits.
TEST_SEED = 1
VALIDATION_SEED = 2

# So many queries the prepared data draw at once, and a held-out split has so many.
_DRAWN = 2**14
TEST_SIZE = 5_120

# More keys make the search slow: its Hessian has (d + 1) (K - 1 - d) rows.
MAX_KEYS = 128


@dataclasses.dataclass(frozen=True)
class Subsets:
    """Distinct key subsets, and how often queries ask for them.

    A query vector that is free depends on the query's key subset alone, so queries of
    one subset share their best vector.

    Attributes:
      truth: float64 `[n, K]`; uniform on the matching keys, so rows sum to 1.
      weights: float64 `[n]`, the share of queries that ask for the subset.
      num_queries: Number of queries, before equal subsets became one.
    """

    truth: FloatArray
    weights: FloatArray
    num_queries: int


def draw(game: Game, num_queries: int, seed: int = TEST_SEED) -> Subsets:
    """Draws queries as the prepared data do: `TEST_SEED` gives the test split's.

    Args:
      game: The game. If it lists its queries, all are taken.
      num_queries: Number of queries otherwise.
      seed: Stream of random numbers.

    Raises:
      UserError: If the game has too many keys, or too few queries, or one key.
    """
    if not 2 <= game.spec.num_keys <= MAX_KEYS:
        raise UserError(
            f"game must have 2 to {MAX_KEYS} keys, got {game.spec.name} with "
            f"{game.spec.num_keys}"
        )
    if num_queries < 1:
        raise UserError(f"num_queries must be at least 1, got {num_queries}")
    queries = game.population()
    if queries is None:
        rng = np.random.default_rng(seed)
        drawn = game.sample(rng, max(num_queries, _DRAWN))
        _, first = np.unique(drawn, axis=0, return_index=True)
        queries = drawn[np.sort(first)[:num_queries]]
        if len(queries) < num_queries:
            raise UserError(
                f"num_queries must be at most {len(queries)}, the distinct queries "
                f"among {len(drawn)} draws of {game.spec.name}, got {num_queries}"
            )
    return of_masks(game.answer(queries))


def part(subsets: Subsets, size: int) -> Subsets:
    """Returns the subsets of at most so many queries, evenly spaced among all."""
    if size >= len(subsets.weights):
        return subsets
    places = (np.arange(size) + 0.5) / size
    queries = np.searchsorted(np.cumsum(subsets.weights), places)
    chosen, counts = np.unique(queries, return_counts=True)
    return Subsets(subsets.truth[chosen], counts / size, size)


def of_masks(masks: npt.NDArray[np.bool_]) -> Subsets:
    """Merges equal subsets.

    Args:
      masks: bool `[num_queries, K]`, matching keys; at least one a query.
    """
    distinct, counts = np.unique(masks, axis=0, return_counts=True)
    truth = distinct / distinct.sum(axis=1, keepdims=True)
    return Subsets(truth, counts / len(masks), len(masks))
