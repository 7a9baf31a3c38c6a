"""The distinct subsets of a game's queries: of all, of random ones, of a split's."""

import dataclasses
import functools
from collections.abc import Iterator

import numpy as np
from tqdm import tqdm

from set_contrastive.games import splits
from set_contrastive.games.game import Game
from set_contrastive.games.game import KeyMask
from set_contrastive.theory.arrays import FloatArray
from set_contrastive.theory.arrays import IntArray
from set_contrastive.theory.counting import bit_set
from set_contrastive.theory.counting import key_words
from set_contrastive.theory.counting.key_words import Words

_CHUNK = 2**16


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


def count_seen(game: Game, num_queries: int, seed: int) -> int:
    """Returns how many distinct subsets stand in random queries.

    Up to `bit_set.MAX_KEYS` keys it takes 2^K bytes, otherwise 8 bytes for each 64 keys
    and query.
    """
    if game.spec.num_keys > bit_set.MAX_KEYS:
        return len(key_words.distinct(words(game, num_queries, seed))[0])
    seen = np.zeros(2**game.spec.num_keys, np.bool_)
    for chunk in _chunks(game, num_queries, seed):
        seen[chunk[:, 0]] = True
    return int(np.count_nonzero(seen))


def words(game: Game, num_queries: int, seed: int) -> Words:
    """Returns the subsets of random queries in words, `[n, ceil(K / 64)]`."""
    return np.concatenate(list(_chunks(game, num_queries, seed)))


def _chunks(game: Game, num_queries: int, seed: int) -> Iterator[Words]:
    rng = np.random.default_rng(seed)
    with tqdm(total=num_queries, unit="query", leave=False, desc="queries") as bar:
        for start in range(0, num_queries, _CHUNK):
            size = min(_CHUNK, num_queries - start)
            yield key_words.pack(game.answer(game.sample(rng, size)))
            bar.update(size)
