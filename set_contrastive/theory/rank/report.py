"""The tables: ranks and needed dimensions of decks of the shared game, or of a game."""

import dataclasses
import re
import time
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import Game
from set_contrastive.games.game import KeyMask
from set_contrastive.games.shared import SharedGame
from set_contrastive.theory.rank import matrix
from set_contrastive.theory.rank import retrieval
from set_contrastive.theory.result import Result

Deck = tuple[int, int]

# The decks of the study of 2021: attributes and values.
STUDY_DECKS: tuple[Deck, ...] = (
    *((2, 3), (2, 5), (2, 6), (2, 7), (2, 8)),
    *((3, 3), (4, 3)),
)

# Training on more subsets than this takes minutes a dimension.
MAX_TRAINED = 1000

_RANK_CLAIM = (
    "rank: exact, by elimination modulo primes whose product is above all minors; "
    "numeric_rank: by singular values in float64"
)
_SQUARED_CLAIM = (
    "smallest_d_squared: the dimension from which on the products of vectors that are "
    "closest to the matrix of all queries in squared error, cut at 1/2, are that "
    "matrix (exact, by singular values)"
)
_DIM_CLAIM = (
    "smallest_d: the smallest dimension in which training of free vectors, a query and "
    "a key, ranked the keys of every subset above all others: an upper bound of what "
    "is needed; share_below: the largest share of the subsets that it reached in one "
    "dimension less. The study of 2021 saw 100 % accuracy only where d comes near what "
    "the deck needs, its rank. The rank suffices. That it is needed does not hold for "
    "ranking: what the loss asks for beyond the order decides (squared error: given "
    "scores; softmax: equal scores within the subset; ranking: nothing)"
)


def parse_decks(text: str) -> tuple[Deck, ...]:
    """Returns the decks of a text such as `2x3,3x3`.

    Raises:
      UserError: If it is written otherwise.
    """
    decks = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)x(\d+)\s*", part)
        if not match:
            raise UserError(
                "decks must be a list of attributes x values such as 2x3,3x3, got "
                f"{part!r}"
            )
        decks.append((int(match[1]), int(match[2])))
    return tuple(decks)


def of_decks(decks: Iterable[Deck], training: retrieval.Training) -> Result:
    """Returns rank and needed dimension of decks of the shared game."""
    decks = tuple(decks)
    games = [SharedGame(*deck) for deck in decks]  # Bad decks are told before work.
    rows = []
    for (attributes, values), game in zip(decks, games, strict=True):
        subsets = matrix.subsets(game, 1, training.seed)
        if not subsets.whole:
            raise UserError(
                f"deck {attributes}x{values} has {game.num_pairs_of_cards:,} queries, "
                "too many to list"
            )
        rows.append(
            {
                "attributes": attributes,
                "values": values,
                "keys": game.spec.num_keys,
                "queries": game.num_pairs_of_cards,
                **_ranks(subsets.mask),
                "smallest_d_squared": matrix.squared_error_dim(
                    game.answer(game.pairs_of_cards())
                ),
                **_dims(subsets.mask, f"{attributes}x{values}", training),
            }
        )
    return Result(
        name="rank_shared",
        title="Rank of the shared game's query-key matrix, and dimension it needs",
        claim=f"{_RANK_CLAIM}; {_SQUARED_CLAIM}; {_DIM_CLAIM}",
        rows=tuple(rows),
        settings={"decks": decks, **dataclasses.asdict(training)},
    )


def of_game(game: Game, num_queries: int, training: retrieval.Training) -> Result:
    """Returns the rank of a game's matrix, and what it needs if it is small.

    Args:
      game: The game.
      num_queries: Random queries to take of a game that does not list its own.
      training: How free vectors are trained.

    Raises:
      UserError: If `num_queries` is less than 1.
    """
    if num_queries < 1:
        raise UserError(f"queries must be at least 1, got {num_queries}")
    subsets = matrix.subsets(game, num_queries, training.seed)
    row = {"game": game.spec.name, "keys": game.spec.num_keys, **_ranks(subsets.mask)}
    exact = subsets.whole or row["rank"] == game.spec.num_keys
    row["kind"] = "exact" if exact else "lower bound"
    claim = _RANK_CLAIM
    if not subsets.whole:
        claim += (
            f"; of the subsets of {num_queries:,} random queries, so a lower bound of "
            "the game's, which is exact where it is the number of keys"
        )
    if subsets.whole and len(subsets.mask) <= MAX_TRAINED:
        row |= _dims(subsets.mask, game.spec.name, training)
        claim += f"; {_DIM_CLAIM}"
    return Result(
        name=f"rank_{game.spec.name}",
        title=f"Rank of the query-key matrix of {game.spec.name}",
        claim=claim,
        rows=(row,),
        settings={"game": game.spec.source, "queries": num_queries}
        | dataclasses.asdict(training),
    )


def _ranks(mask: KeyMask) -> dict[str, Any]:
    return {
        "subsets": len(mask),
        "rank": matrix.exact_rank(mask),
        "numeric_rank": matrix.numeric_rank(mask),
    }


def _dims(mask: KeyMask, title: str, training: retrieval.Training) -> dict[str, Any]:
    start = time.perf_counter()
    row: dict[str, Any] = {}
    enough = matrix.exact_rank(mask)
    mask = mask[~mask.all(axis=1)]  # Every ranking retrieves all keys.
    losses: tuple[retrieval.Loss, ...] = ("ranking", "softmax")
    for loss in losses:
        with tqdm(desc=f"{title}, {loss}", unit="dimension", leave=False) as bar:

            def tell(dim: int, found: retrieval.Fit, bar: Any = bar) -> None:
                bar.set_postfix(d=dim, retrieved=f"{found.retrieved:.3f}")
                bar.update()

            how = dataclasses.replace(training, loss=loss)
            dim, fits = retrieval.smallest_dim(mask, enough, how, tell)
        row[f"smallest_d_{loss}"] = dim
        below = fits.get(dim - 1)
        row[f"share_below_{loss}"] = below.retrieved if below else 0.0
    return row | {"seconds": time.perf_counter() - start}
