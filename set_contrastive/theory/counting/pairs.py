"""What a single pair of a set game can stand for, as bit masks of keys."""

import dataclasses
import math

import numpy as np

from set_contrastive.games import grammar
from set_contrastive.games import set_games
from set_contrastive.games.game import Game
from set_contrastive.games.game import KeyMask


@dataclasses.dataclass(frozen=True)
class PairFold:
    """A game whose queries fold the masks of pairs, left to right, into a subset.

    With M the masks, the subsets of p pairs are `R[1] = M` and
    `R[p] = {s | m, s ^ m : s in R[p-1], m in M}`, the second only where
    `symmetric_difference` is set.

    Attributes:
      num_keys: Number of keys, `K`.
      num_pairs: Number of pairs of a query.
      masks: The distinct subsets that one pair stands for; key k is bit `2^k`.
      uniform: Whether a random pair stands for each of them with the same chance.
      symmetric_difference: Whether pairs are joined by `^` too, or by `|` only.
    """

    num_keys: int
    num_pairs: int
    masks: tuple[int, ...]
    uniform: bool
    symmetric_difference: bool


def of_game(game: Game) -> PairFold | None:
    """Returns how a game folds pairs, or None if it is no set game."""
    if not isinstance(game, set_games.SetGame):
        return None
    spec = game.spec
    one = game.with_pairs(1)
    first, second = (place.symbols for place in one.grammar().places)
    queries = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    masks, counts = np.unique(one.answer(queries), axis=0, return_counts=True)
    return PairFold(
        num_keys=spec.num_keys,
        num_pairs=math.ceil(spec.query_length / spec.block_length),
        masks=tuple(bits(mask) for mask in masks),
        uniform=bool((counts == counts[0]).all()),
        symmetric_difference=set_games.SYMMETRIC_DIFFERENCE in _operators(game),
    )


def _operators(game: set_games.SetGame) -> tuple[str, ...]:
    """Returns what may stand between two pairs."""
    place: grammar.Place = game.with_pairs(2).grammar().places[2]
    return place.tokens


def bits(mask: KeyMask) -> int:
    """Returns a mask of keys `[K]` as an integer in which key k is bit `2^k`."""
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")
