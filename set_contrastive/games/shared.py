"""The shared game: two cards match every key that has a value which they share."""

import functools

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError
from set_contrastive.games import deck as deck_lib
from set_contrastive.games import game
from set_contrastive.games.shatter import MAX_LISTED_QUERIES


class SharedGame(game.Game):
    """Queries are two distinct cards; a key matches if it has a value of both.

    With value `x[a]` of attribute a of card x, the query {x, y} matches the keys z for
    which `x[a] = y[a] = z[a]` for at least one attribute a. Two cards that share no
    value match nothing, and are no query that is drawn or listed.

    A query's two symbols stand in rising order, since a pair has none; `answer` and
    `parse` take them in either order.

    Args:
      num_attributes: Number of attributes, `A`.
      num_values: Number of values of each, `V`; there are `K = V^A` keys.
      name: Name of the data set: `shared_27` for 27 keys of 3 values by default,
        `shared_2_by_5` for two attributes of 5 values.
      source: What `registry.get` takes to rebuild the game; `name` by default.

    Raises:
      UserError: If no two distinct cards share a value.
    """

    def __init__(
        self,
        num_attributes: int,
        num_values: int,
        name: str | None = None,
        source: str | None = None,
    ):
        if num_attributes < 2 or num_values < 2:
            raise UserError(
                "two distinct cards share a value only with at least 2 attributes of "
                f"2 values, got num_attributes={num_attributes}, "
                f"num_values={num_values}"
            )
        self._deck = deck_lib.Deck.of_size(num_attributes, num_values)
        size = f"{num_attributes}_by_{num_values}"
        if num_values == 3:
            size = f"{self._deck.num_keys}"
        self._name = name or f"shared_{size}"
        self._source = source or self._name

    @property
    def deck(self) -> deck_lib.Deck:
        """The deck that keys and query cards are taken from."""
        return self._deck

    @functools.cached_property
    def spec(self) -> game.GameSpec:
        """The game's specification."""
        cards = self._deck.cards
        return game.GameSpec(
            name=self._name,
            source=self._source,
            num_keys=self._deck.num_keys,
            query_length=2,
            keys=tuple(cards[symbol] for symbol in self._deck.key_symbols),
            vocabulary=cards,
            attribute_table=self._deck.attribute_table,
            key_symbols=tuple(map(int, self._deck.key_symbols)),
            exhaustive=self.num_pairs_of_cards <= MAX_LISTED_QUERIES,
            block_length=2,
        )

    @property
    def num_pairs_of_cards(self) -> int:
        """Number of pairs of distinct cards, those that share nothing included."""
        return self._deck.num_keys * (self._deck.num_keys - 1) // 2

    def pairs_of_cards(self) -> game.Queries:
        """Returns all pairs of distinct cards, also those that share nothing."""
        pairs = np.stack(np.triu_indices(self._deck.num_keys, 1), axis=1)
        queries: game.Queries = self._deck.key_symbols[pairs]
        return queries

    def sample(self, rng: np.random.Generator, n: int) -> game.Queries:
        """Draws `n` pairs, uniform over those that share a value, int32 `[n, 2]`."""
        queries = self._draw(rng, n)
        while (empty := np.flatnonzero(~self._shares(queries).any(axis=1))).size:
            queries[empty] = self._draw(rng, empty.size)
        return queries

    def _draw(self, rng: np.random.Generator, n: int) -> game.Queries:
        """Draws pairs of distinct cards."""
        size = self._deck.num_keys
        first = rng.integers(0, size, n)
        second = (first + rng.integers(1, size, n)) % size
        pairs = np.sort(np.stack([first, second], axis=1), axis=1)
        queries: game.Queries = self._deck.key_symbols[pairs]
        return queries

    def _shares(self, queries: game.Queries) -> npt.NDArray[np.bool_]:
        """Returns which attributes have the same value on both cards, `[n, A]`."""
        first, second = np.moveaxis(self._deck.digits[queries], 1, 0)
        same: npt.NDArray[np.bool_] = first == second
        return same

    def answer(self, queries: game.Queries) -> game.KeyMask:
        """Returns the keys that have a shared value, bool `[n, K]`.

        Raises:
          UserError: If a symbol is no card without wildcards, or a card stands twice.
        """
        queries = self._check_queries(queries)
        digits = self._deck.digits[queries]
        plain = ((digits >= 0) & (digits < self._deck.num_values)).all(axis=2)
        if not plain.all():
            row, place = np.argwhere(~plain)[0]
            raise UserError(
                f"query {row}, place {place}: expected a card without wildcards, got "
                f"symbol {queries[row, place]}"
            )
        twice = np.flatnonzero(queries[:, 0] == queries[:, 1])
        if twice.size:
            raise UserError(
                f"query {twice[0]}: expected two distinct cards, got symbol "
                f"{queries[twice[0], 0]} twice"
            )
        keys = self._deck.digits[self._deck.key_symbols]
        has_value = digits[:, 0, None, :] == keys
        mask: game.KeyMask = (has_value & self._shares(queries)[:, None, :]).any(axis=2)
        return mask

    def population(self) -> game.Queries | None:
        """Returns all pairs of cards that share a value, if they are few."""
        if not self.spec.exhaustive:
            return None
        pairs = self.pairs_of_cards()
        return pairs[self._shares(pairs).any(axis=1)]

    def format(self, query: game.Queries) -> str:
        """Returns `card card`."""
        self.answer(np.asarray(query)[None])  # Checks the symbols.
        return " ".join(self.spec.vocabulary[symbol] for symbol in query)

    def parse(self, text: str) -> game.Queries:
        """Returns the query of two cards, in either order.

        There is no `grammar`: none says that the two differ.

        Raises:
          UserError: If a token is no card without wildcards, if there are not two of
            them, or if they are the same; names the token and its place.
        """
        tokens = text.split()
        if len(tokens) != 2:
            raise UserError(f"the query must be two cards, got {len(tokens)} tokens")
        for place, token in enumerate(tokens, 1):
            if token not in self.keys:
                raise UserError(
                    f"token {place} of the query: expected a card without wildcards, "
                    f"such as {self.keys[0]}, got {token!r}"
                )
        if tokens[0] == tokens[1]:
            raise UserError(f"token 2 of the query: {tokens[1]!r} comes twice")
        symbols = sorted(self.spec.vocabulary.index(token) for token in tokens)
        return np.array(symbols, np.int32)
