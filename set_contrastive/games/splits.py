"""How queries are drawn for the splits of a data set, and for tools that need some.

A game that lists its queries has them all in every split. Otherwise each split is drawn
from a stream of random numbers of its own, and no query is drawn twice.
"""

import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import Game
from set_contrastive.games.game import Queries

# The stream of each split's random numbers; splits are drawn in this order, so that
# those held out do not depend on the number of training queries.
SEEDS = {"test": 1, "validation": 2, "train": 3}
HELD_OUT_SIZE = 5_120
TRAIN_SIZE = 2**18
# A larger training split is drawn as `large_splits` says.
MOST_IN_MEMORY = 2**20

# A game has no more queries if so many draws of so many bring no new one.
_LEAST_DRAWN = 2**14
_PATIENCE = 16


def draw_splits(game: Game, train_size: int = TRAIN_SIZE) -> dict[str, Queries]:
    """Draws the queries of all splits.

    Args:
      game: The game. If it lists its queries, each split is the whole list.
      train_size: Number of training queries otherwise.

    Returns:
      Queries `[n, T]` of train, validation and test; no query occurs twice, neither
      within a split nor in two of them.

    Raises:
      UserError: If `train_size` is less than 1, or the game has too few queries.
    """
    population = game.population()
    if population is not None:
        return {name: population for name in ("train", "validation", "test")}
    if train_size < 1:
        raise UserError(f"train_size must be at least 1, got {train_size}")
    seen: set[bytes] = set()
    drawn = {}
    for name, seed in SEEDS.items():
        size = train_size if name == "train" else HELD_OUT_SIZE
        drawn[name] = _draw_unseen(game, seed, size, seen)
        if len(drawn[name]) < size:
            raise UserError(
                f"{game.spec.name} has too few queries for train_size={train_size} and "
                f"two held-out splits of {HELD_OUT_SIZE}: no new one after {len(seen)}"
            )
    return {name: drawn[name] for name in ("train", "validation", "test")}


def draw_held_out(game: Game) -> dict[str, Queries]:
    """Draws the queries `[n, T]` of validation and test as `draw_splits` does."""
    drawn = draw_splits(game, train_size=1)
    return {name: drawn[name] for name in ("validation", "test")}


def draw_queries(game: Game, num_queries: int, seed: int = SEEDS["test"]) -> Queries:
    """Draws distinct queries; by default the first ones of the test split.

    Args:
      game: The game. If it lists its queries, all are returned.
      num_queries: Number of queries otherwise.
      seed: Stream of random numbers.

    Returns:
      Queries `[n, T]` in the order in which they were drawn.

    Raises:
      UserError: If `num_queries` is less than 1, or the game has fewer queries.
    """
    if num_queries < 1:
        raise UserError(f"num_queries must be at least 1, got {num_queries}")
    population = game.population()
    if population is not None:
        return population
    queries = _draw_unseen(game, seed, num_queries, set())
    if len(queries) < num_queries:
        raise UserError(
            f"num_queries must be at most {len(queries)}, the distinct queries of "
            f"{game.spec.name} that were found, got {num_queries}"
        )
    return queries


def _draw_unseen(game: Game, seed: int, size: int, seen: set[bytes]) -> Queries:
    """Draws queries that are not in `seen`, and adds them; fewer if there are no more.

    Args:
      game: The game.
      seed: Stream of random numbers.
      size: Number of queries wanted.
      seen: The bytes of the queries that must not come again.
    """
    rng = np.random.default_rng(seed)
    unseen = np.empty((size, game.spec.query_length), np.int32)
    found = fruitless = 0
    while found < size and fruitless < _PATIENCE:
        before = found
        for query in game.sample(rng, max(size - found, _LEAST_DRAWN)):
            if found < size and (code := query.tobytes()) not in seen:
                seen.add(code)
                unseen[found] = query
                found += 1
        fruitless = fruitless + 1 if found == before else 0
    return unseen[:found]
