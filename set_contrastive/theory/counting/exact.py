"""Exact numbers of subsets of any game that has a way to count them."""

import dataclasses
import time
from collections.abc import Iterator

from set_contrastive.base.errors import UserError
from set_contrastive.games import distinct_subsets
from set_contrastive.games.game import Game
from set_contrastive.games.shatter import ShatterGame
from set_contrastive.theory.counting import bit_set
from set_contrastive.theory.counting import listing
from set_contrastive.theory.counting import pairs


@dataclasses.dataclass(frozen=True)
class Count:
    """An exact number of distinct non-empty subsets.

    Attributes:
      pairs: Number of pairs of a query; None if queries are not made of pairs.
      subsets: The number.
      seconds: How long this step took.
    """

    pairs: int | None
    subsets: int
    seconds: float


def counts(game: Game) -> Iterator[Count]:
    """Yields exact numbers, by number of pairs if queries are made of pairs.

    A set game of up to `bit_set.MAX_KEYS` keys is counted breadth first; one of more
    keys as far as its subsets can be listed; the numbers of a shattering game are all
    `2^K - 1`; any other game must list its queries.

    Raises:
      UserError: If the game is none of these.
    """
    start = time.perf_counter()
    fold = pairs.of_game(game)
    if fold is not None:
        exact = bit_set if fold.num_keys <= bit_set.MAX_KEYS else listing
        for number, subsets in enumerate(exact.counts(fold), 1):
            yield Count(number, subsets, time.perf_counter() - start)
            start = time.perf_counter()
        return
    if isinstance(game, ShatterGame):
        yield Count(None, 2**game.spec.num_keys - 1, time.perf_counter() - start)
        return
    queries = game.population()
    if queries is None:
        raise UserError(
            f"game {game.spec.name} neither lists its queries nor is a set game, so "
            "its subsets cannot be counted: estimate them with --estimate"
        )
    subsets = distinct_subsets.of_masks(game.answer(queries))
    yield Count(None, len(subsets.mask), time.perf_counter() - start)


def total(game: Game) -> int:
    """Returns the exact number of non-empty subsets of a game's queries.

    Raises:
      UserError: If it cannot be counted; says the limit and offers the estimate.
    """
    check(game)
    *_, last = counts(game)
    return last.subsets


def check(game: Game) -> None:
    """Checks that the whole game can be counted exactly.

    Raises:
      UserError: If a set game has more keys than `bit_set.MAX_KEYS`.
    """
    fold = pairs.of_game(game)
    if fold and fold.num_pairs > 1 and fold.num_keys > bit_set.MAX_KEYS:
        raise UserError(
            f"game {game.spec.name} has {fold.num_keys} keys, and exact counting takes "
            f"at most {bit_set.MAX_KEYS} (a set of 2^{bit_set.MAX_KEYS} bits): "
            "estimate its subsets with --estimate"
        )
