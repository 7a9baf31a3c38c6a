"""The subsets of random queries as words, and how many distinct ones are seen."""

from collections.abc import Iterator

import numpy as np
from tqdm import tqdm

from set_contrastive.games.game import Game
from set_contrastive.theory.counting import bit_set
from set_contrastive.theory.counting import key_words
from set_contrastive.theory.counting.key_words import Words

_CHUNK = 2**16


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
