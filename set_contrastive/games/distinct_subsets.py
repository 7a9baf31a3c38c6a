"""The distinct subsets of a game's queries: of all, of random ones, of a split's."""

import dataclasses
import functools

import numpy as np

from set_contrastive.base.arrays import FloatArray
from set_contrastive.base.arrays import IntArray
from set_contrastive.games import splits
from set_contrastive.games.game import Game
from set_contrastive.games.game import KeyMask


@dataclasses.dataclass(frozen=True, eq=False)
class Subsets:
    """Distinct non-empty key subsets, and how many queries ask for each.

    Queries of one subset are one to whatever is free of a network: to counts, to ranks,
    and to query vectors, which depend on the subset alone.

    Attributes:
      mask: Whether key k is in subset i, bool `[N, K]`.
      counts: Number of queries of each, int64 `[N]`.
      whole: Whether these are the subsets of all queries, not those of a sample.
    """

    mask: KeyMask
    counts: IntArray
    whole: bool

    @property
    def num_queries(self) -> int:
        """Number of queries, before equal subsets became one."""
        return int(self.counts.sum())

    @functools.cached_property
    def weights(self) -> FloatArray:
        """Share of the queries that ask for each subset, `[N]`."""
        return self.counts / self.num_queries

    @functools.cached_property
    def truth(self) -> FloatArray:
        """Uniform on the keys of each subset, `[N, K]`, so rows sum to 1."""
        truth: FloatArray = self.mask / self.mask.sum(axis=1, keepdims=True)
        return truth


def of_masks(masks: KeyMask, whole: bool = True) -> Subsets:
    """Merges equal rows of `[n, K]`, and leaves rows of zeros out."""
    distinct, counts = np.unique(masks, axis=0, return_counts=True)
    asked = distinct.any(axis=1)
    return Subsets(distinct[asked], counts[asked], whole)


def of_game(game: Game, num_queries: int, seed: int) -> Subsets:
    """Returns the subsets of all queries of a game, or of random ones.

    Args:
      game: The game.
      num_queries: How many random queries to take if the game does not list its own.
      seed: Of these.
    """
    queries = game.population()
    whole = queries is not None
    if queries is None:
        queries = game.sample(np.random.default_rng(seed), num_queries)
    return of_masks(game.answer(queries), whole)


def of_split(game: Game, num_queries: int, split: str = "test") -> Subsets:
    """Returns the subsets of the first queries of a prepared data set's split.

    Args:
      game: The game. If it lists its queries, all are taken.
      num_queries: Number of queries otherwise.
      split: Name of the split.

    Raises:
      UserError: If `num_queries` is less than 1, or the game has fewer.
    """
    queries = splits.draw_queries(game, num_queries, splits.SEEDS[split])
    return of_masks(game.answer(queries), game.spec.exhaustive)


def part(subsets: Subsets, size: int) -> Subsets:
    """Returns the subsets of at most so many queries, evenly spaced among all."""
    if size >= len(subsets.weights):
        return subsets
    places = (np.arange(size) + 0.5) / size
    queries = np.searchsorted(np.cumsum(subsets.weights), places)
    chosen, counts = np.unique(queries, return_counts=True)
    return Subsets(subsets.mask[chosen], counts, False)
