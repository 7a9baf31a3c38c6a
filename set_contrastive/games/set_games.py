"""The set games: pairs of cards, each matching the keys that its third card covers."""

import functools
import itertools
from typing import Literal

import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.games import deck as deck_lib
from set_contrastive.games import game
from set_contrastive.games import grammar
from set_contrastive.games.shatter import MAX_LISTED_QUERIES

UNION = "|"
SYMMETRIC_DIFFERENCE = "^"

Wildcards = Literal["none", "second", "both"]


class SetGame(game.Game):
    """Queries of card pairs that are folded, left to right, into a key subset.

    A pair stands for the keys that its third card covers. Further pairs are joined
    by union or, where `symmetric_difference` is set, by an operator that is drawn
    uniformly from union `|` and symmetric difference `^`. Only then are operators
    symbols of the query: `card card | card card ^ card card`.

    Args:
      name: Name of the data set.
      num_attributes: Number of attributes of 3 values; there are 3^A keys.
      num_pairs: Number of pairs of a query.
      wildcards: Which cards of a pair may have wildcards. A card that may has each
        attribute uniform over the 3 values and the wildcard; another one is uniform
        over the keys.
      symmetric_difference: Whether operators are drawn, or all are unions.
      source: What `registry.get` takes to rebuild the game; `name` by default.

    Raises:
      ValueError: If `num_pairs` or `num_attributes` is less than 1.
    """

    def __init__(
        self,
        name: str,
        *,
        num_attributes: int = 3,
        num_pairs: int = 1,
        wildcards: Wildcards = "none",
        symmetric_difference: bool = False,
        source: str | None = None,
    ):
        if num_pairs < 1:
            raise UserError(f"num_pairs must be at least 1, got {num_pairs}")
        self._name = name
        self._deck = deck_lib.Deck.of_set(num_attributes)
        self._num_pairs = num_pairs
        self._wildcards: Wildcards = wildcards
        self._symmetric_difference = symmetric_difference
        self._source = source or name

    @property
    def deck(self) -> deck_lib.Deck:
        """The deck that keys and query cards are taken from."""
        return self._deck

    @functools.cached_property
    def spec(self) -> game.GameSpec:
        """The game's specification; operators are the last symbols."""
        operators = (UNION, SYMMETRIC_DIFFERENCE) if self._symmetric_difference else ()
        cards = self._deck.cards
        no_attributes = (0,) * len(self._deck.attributes)
        return game.GameSpec(
            name=self._name,
            source=self._source,
            num_keys=self._deck.num_keys,
            query_length=self._stride * self._num_pairs - len(operators) // 2,
            keys=tuple(cards[symbol] for symbol in self._deck.key_symbols),
            vocabulary=(*cards, *operators),
            attribute_table=(
                *self._deck.attribute_table,
                *(no_attributes for _ in operators),
            ),
            key_symbols=tuple(map(int, self._deck.key_symbols)),
            exhaustive=self._population_size <= MAX_LISTED_QUERIES,
            block_length=self._stride,
        )

    @property
    def _stride(self) -> int:
        """Symbols from one pair to the next."""
        return 3 if self._symmetric_difference else 2

    @property
    def _choices(self) -> tuple[game.Queries, game.Queries]:
        """The card symbols that the first and the second card are drawn from."""
        anything = np.arange(1, 1 + self._deck.num_cards, dtype=np.int32)
        plain = self._deck.key_symbols
        first = anything if self._wildcards == "both" else plain
        second = plain if self._wildcards == "none" else anything
        return first, second

    @property
    def _population_size(self) -> int:
        first, second = self._choices
        operators = 2 ** (self._num_pairs - 1) if self._symmetric_difference else 1
        return int((first.size * second.size) ** self._num_pairs * operators)

    def with_pairs(self, num_pairs: int) -> "SetGame":
        """Returns the same game with queries of `num_pairs` pairs."""
        if num_pairs == self._num_pairs:
            return self
        return SetGame(
            f"{self._name.partition('_pairs_')[0]}_pairs_{num_pairs}",
            num_attributes=len(self._deck.attributes),
            num_pairs=num_pairs,
            wildcards=self._wildcards,
            symmetric_difference=self._symmetric_difference,
            source=self._source,
        )

    def sample(self, rng: np.random.Generator, n: int) -> game.Queries:
        """Draws `n` queries whose subsets are not empty, int32 `[n, T]`."""
        queries = self._draw(rng, n)
        if self._symmetric_difference:  # Only symmetric differences can be empty.
            empty = np.flatnonzero(~self._fold(queries).any(axis=1))
            while empty.size:
                queries[empty] = self._draw(rng, empty.size)
                empty = empty[~self._fold(queries[empty]).any(axis=1)]
        return queries

    def _draw(self, rng: np.random.Generator, n: int) -> game.Queries:
        queries = np.empty((n, self.spec.query_length), np.int32)
        shape = (n, self._num_pairs)
        for place, choices in enumerate(self._choices):
            drawn = rng.integers(0, choices.size, shape, np.int32)
            queries[:, place :: self._stride] = choices[drawn]
        if self._symmetric_difference:
            drawn = rng.integers(0, 2, (n, self._num_pairs - 1), np.int32)
            queries[:, 2 :: self._stride] = 1 + self._deck.num_cards + drawn
        return queries

    def answer(self, queries: game.Queries) -> game.KeyMask:
        """Returns the folded key subset of each query, bool `[n, K]`.

        Raises:
          ValueError: If a card stands where an operator belongs, or the reverse.
        """
        queries = self._check_queries(queries)
        is_card = (queries > game.PADDING) & (queries <= self._deck.num_cards)
        belongs = np.arange(self.spec.query_length) % self._stride < 2
        wrong = np.argwhere((is_card != belongs) | (queries == game.PADDING))
        if wrong.size:
            row, place = wrong[0]
            raise UserError(
                f"query {row}, symbol {place + 1}: expected "
                f"{'a card' if belongs[place] else 'an operator'}, "
                f"got symbol {queries[row, place]}"
            )
        return self._fold(queries)

    def _fold(self, queries: game.Queries) -> game.KeyMask:
        thirds = self._deck.third_card(
            queries[:, 0 :: self._stride], queries[:, 1 :: self._stride]
        )
        # Eight keys in each byte make the fold several times faster than one.
        covered = np.packbits(self._deck.covered_keys, axis=1)
        state = covered[thirds[:, 0]]
        for pair in range(1, self._num_pairs):
            operand = covered[thirds[:, pair]]
            union = state | operand
            if self._symmetric_difference:
                operators = queries[:, 3 * pair - 1, None]
                is_union = operators == 1 + self._deck.num_cards
                state = np.where(is_union, union, state ^ operand)
            else:
                state = union
        folded = np.unpackbits(state, axis=1, count=self._deck.num_keys)
        return folded.view(np.bool_)

    def population(self) -> game.Queries | None:
        """Returns all queries with a non-empty subset if they are few."""
        if not self.spec.exhaustive:
            return None
        operators = 1 + self._deck.num_cards + np.arange(2)
        columns = [(*self._choices, operators)[: self._stride]] * self._num_pairs
        choices = itertools.chain.from_iterable(columns)
        places = itertools.islice(choices, self.spec.query_length)
        grids = np.meshgrid(*places, indexing="ij")
        queries = np.stack([grid.ravel() for grid in grids], axis=1).astype(np.int32)
        return queries[self._fold(queries).any(axis=1)]

    def format(self, query: game.Queries) -> str:
        """Returns `card card | card card ...`."""
        self.answer(np.asarray(query)[None])  # Checks the symbols and their places.
        tokens = [self.spec.vocabulary[symbol] for symbol in query]
        if not self._symmetric_difference:
            pairs = zip(tokens[::2], tokens[1::2], strict=True)
            return f" {UNION} ".join(map(" ".join, pairs))
        return " ".join(tokens)

    def parse(self, text: str) -> game.Queries:
        """Returns the query of a text such as `red-solid-circle green-*-square | ...`.

        Raises:
          ValueError: If a token is not what belongs at its place, or there are too
            few or too many; names the token and its place.
        """
        tokens = text.split()
        query = []
        length = 3 * self._num_pairs - 1
        for place in range(max(length, len(tokens))):
            token = tokens[place] if place < len(tokens) else "the end"
            allowed, expected = (
                self._grammar(place) if place < length else ((), "the end")
            )
            if token not in allowed:
                raise UserError(
                    f"token {place + 1} of the query: expected {expected}, got "
                    f"{token!r} ({self._name} takes {self._num_pairs} pairs of cards)"
                )
            if place % 3 < 2 or self._symmetric_difference:
                query.append(self.spec.vocabulary.index(token))
        return np.array(query, np.int32)

    def grammar(self) -> grammar.Places:
        """Returns what may stand at each place of a text."""
        numbers = {text: symbol for symbol, text in enumerate(self.spec.vocabulary)}
        places = []
        for place in range(3 * self._num_pairs - 1):
            tokens, _ = self._grammar(place)
            is_symbol = place % 3 < 2 or self._symmetric_difference
            symbols = tuple(numbers[token] for token in tokens) if is_symbol else ()
            places.append(grammar.Place(tokens, symbols))
        return grammar.Places(tuple(places))

    def _grammar(self, place: int) -> tuple[tuple[str, ...], str]:
        """Returns the texts allowed at a place of a query's text, and their name."""
        if place % 3 == 2:
            operators = (UNION, SYMMETRIC_DIFFERENCE)[: 1 + self._symmetric_difference]
            return operators, f"an operator ({' or '.join(operators)})"
        choices = self._choices[place % 3]
        cards = tuple(self._deck.cards[symbol] for symbol in choices)
        wildcards = (
            "with or without" if cards[-1] == self._deck.cards[-1] else "without"
        )
        return cards, f"a card {wildcards} wildcards, such as {cards[0]}"
