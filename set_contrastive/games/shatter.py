"""The shattering game: a query lists the keys it matches, so all subsets occur."""

import functools

import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.games import game
from set_contrastive.games import grammar

# A game with at most this many queries is listed rather than sampled.
MAX_LISTED_QUERIES = 2**14


class ShatterGame(game.Game):
    """Queries are the non-empty sets of the numbers `0..K-1`, uniform over `2^K - 1`.

    The query's symbols are the numbers in rising order, number `k` as symbol
    `k + 1`, then padding; its text is `3 5 26`.

    Args:
      num_keys: Number of keys, `K`.
      name: Name of the data set.

    Raises:
      ValueError: If `num_keys` is less than 1.
    """

    def __init__(self, num_keys: int, name: str | None = None):
        if num_keys < 1:
            raise UserError(f"num_keys must be at least 1, got {num_keys}")
        self._num_keys = num_keys
        self._name = name or f"shatter_{num_keys}"

    @functools.cached_property
    def spec(self) -> game.GameSpec:
        """The game's specification."""
        numbers = tuple(str(number) for number in range(self._num_keys))
        return game.GameSpec(
            name=self._name,
            source=self._name,
            num_keys=self._num_keys,
            query_length=self._num_keys,
            keys=numbers,
            vocabulary=("", *numbers),
            attribute_table=((),) * (1 + self._num_keys),
            key_symbols=tuple(range(1, 1 + self._num_keys)),
            exhaustive=2**self._num_keys - 1 <= MAX_LISTED_QUERIES,
        )

    def sample(self, rng: np.random.Generator, n: int) -> game.Queries:
        """Draws `n` sets uniformly over all non-empty ones, int32 `[n, K]`."""
        mask = rng.integers(0, 2, (n, self._num_keys), np.uint8).astype(np.bool_)
        while (empty := np.flatnonzero(~mask.any(axis=1))).size:
            mask[empty] = rng.integers(0, 2, (empty.size, self._num_keys))
        return self._queries(mask)

    def _queries(self, mask: game.KeyMask) -> game.Queries:
        symbols = np.where(mask, np.arange(1, 1 + self._num_keys), 1 + self._num_keys)
        symbols.sort(axis=1)
        return np.where(symbols > self._num_keys, game.PADDING, symbols).astype(
            np.int32
        )

    def answer(self, queries: game.Queries) -> game.KeyMask:
        """Returns the numbers that each query lists, bool `[n, K]`."""
        queries = self._check_queries(queries)
        mask = np.zeros((len(queries), 1 + self._num_keys), np.bool_)
        np.put_along_axis(mask, queries, True, axis=1)
        return mask[:, 1:]

    def grammar(self) -> grammar.AnyOrder:
        """Returns that numbers may stand in any order."""
        return grammar.AnyOrder()

    def population(self) -> game.Queries | None:
        """Returns all `2^K - 1` sets if they are few."""
        if not self.spec.exhaustive:
            return None
        codes = np.arange(1, 2**self._num_keys)[:, None]
        return self._queries(codes >> np.arange(self._num_keys) & 1 == 1)

    def format(self, query: game.Queries) -> str:
        """Returns the numbers with spaces between them, such as `3 5 26`."""
        (checked,) = self._check_queries(np.asarray(query)[None])
        return " ".join(self.spec.vocabulary[s] for s in checked if s != game.PADDING)

    def parse(self, text: str) -> game.Queries:
        """Returns the query of numbers in any order, each at most once.

        Raises:
          ValueError: If there is no number, or a token is none of `0..K-1` or comes
            twice; names the token and its place.
        """
        tokens = text.split()
        if not tokens:
            raise UserError("the query is empty, expected numbers such as '3 5'")
        mask = np.zeros((1, self._num_keys), np.bool_)
        for place, token in enumerate(tokens, 1):
            if token not in self.spec.vocabulary:
                raise UserError(
                    f"token {place} of the query: expected a number from 0 to "
                    f"{self._num_keys - 1}, got {token!r}"
                )
            if mask[0, int(token)]:
                raise UserError(f"token {place} of the query: {token!r} comes twice")
            mask[0, int(token)] = True
        query: game.Queries = self._queries(mask)[0]
        return query
