"""What a game is: its specification and the interface that all commands rely on."""

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError
from set_contrastive.games.grammar import Grammar

Queries = npt.NDArray[np.int32]
KeyMask = npt.NDArray[np.bool_]

PADDING = 0


@dataclasses.dataclass(frozen=True)
class GameSpec:
    """All that models, data sets and exported scorers need to know of a game.

    Attributes:
      name: Name of the prepared data set, such as `union_27`.
      source: What `registry.get` takes to rebuild the game's rules.
      num_keys: Number of keys, `K`.
      query_length: Number of symbols of a query, padding included, `T`.
      keys: Name of each key, `[K]`.
      vocabulary: Text of each query symbol; number 0 is padding.
      attribute_table: For each symbol the numbers of its attribute values,
        `[len(vocabulary), A]`; 0 means that the symbol has no such attribute.
      key_symbols: The query symbol that denotes each key, `[K]`.
      exhaustive: Whether every split of the data set lists all queries.
      block_length: Number of symbols after which the pattern of a query repeats, such
        as those of a pair and its operator; 1 if there is none.
    """

    name: str
    source: str
    num_keys: int
    query_length: int
    keys: tuple[str, ...]
    vocabulary: tuple[str, ...]
    attribute_table: tuple[tuple[int, ...], ...]
    key_symbols: tuple[int, ...]
    exhaustive: bool
    block_length: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Returns the specification as values that JSON can hold."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "GameSpec":
        """Rebuilds a specification from `to_dict`, also after a trip through JSON."""
        fields = dict(values)
        for name in ("keys", "vocabulary", "key_symbols"):
            fields[name] = tuple(fields[name])
        fields["attribute_table"] = tuple(map(tuple, fields["attribute_table"]))
        return cls(**fields)


class Game(abc.ABC):
    """A set of queries, each of which matches a known subset of the keys.

    A new game implements `spec`, `sample`, `answer`, `format` and `parse`; every
    command then takes it. A game with few queries also implements `population`.
    """

    @property
    @abc.abstractmethod
    def spec(self) -> GameSpec:
        """The game's specification."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the `K` keys."""
        return self.spec.keys

    @abc.abstractmethod
    def sample(self, rng: np.random.Generator, n: int) -> Queries:
        """Draws `n` random queries whose subsets are not empty, int32 `[n, T]`."""

    @abc.abstractmethod
    def answer(self, queries: Queries) -> KeyMask:
        """Returns which keys match each of the queries `[n, T]`, bool `[n, K]`."""

    @abc.abstractmethod
    def format(self, query: Queries) -> str:
        """Returns the text of one query `[T]`."""

    @abc.abstractmethod
    def parse(self, text: str) -> Queries:
        """Returns the query `[T]` of a text; the reverse of `format`.

        Raises:
          ValueError: If the text is no query of this game; names the bad token.
        """

    def grammar(self) -> Grammar | None:
        """Returns how texts are written, or None if only `parse` knows.

        An exported scorer takes texts if there is a grammar.
        """
        return None

    def population(self) -> Queries | None:
        """Returns all queries, `[N, T]`, if they are few enough to list, else None."""
        return None

    def with_pairs(self, num_pairs: int) -> "Game":
        """Returns the same game with queries of `num_pairs` pairs.

        Raises:
          ValueError: If the game's queries are not made of pairs.
        """
        raise UserError(
            f"game {self.spec.name} is not made of pairs, got num_pairs={num_pairs}"
        )

    def _check_queries(self, queries: Queries) -> Queries:
        """Checks the shape and the symbols of queries and returns them as an array."""
        queries = np.asarray(queries)
        spec = self.spec
        if queries.ndim != 2 or queries.shape[1] != spec.query_length:
            raise UserError(
                f"queries of {spec.name} must have shape [n, {spec.query_length}], "
                f"got {list(queries.shape)}"
            )
        if not np.issubdtype(queries.dtype, np.integer):
            raise UserError(f"queries must be integers, got {queries.dtype}")
        if queries.size and not (
            0 <= queries.min() and queries.max() < len(spec.vocabulary)
        ):
            raise UserError(
                f"symbols of {spec.name} must be 0 to {len(spec.vocabulary) - 1}, "
                f"got {queries.min()} to {queries.max()}"
            )
        return queries
