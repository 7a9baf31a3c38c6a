"""The pairs of a query: leaving some out, and which of them truly give a key.

A query of a game of pairs is a row of blocks of `L` symbols, each pair with the
operator before it; the first pair has none. In union games, `L = 2`, there is no
operator.
"""

import itertools
import math

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import PADDING
from set_contrastive.games.game import Game
from set_contrastive.games.game import GameSpec
from set_contrastive.games.game import Queries

# All 2^P parts of a query are answered.
MAX_PAIRS = 12

_CHUNK = 256


def count(spec: GameSpec) -> int:
    """Returns the number of pairs of a query, `P`; 0 if they are not made of pairs."""
    if spec.block_length == 1:
        return 0
    return -(-spec.query_length // spec.block_length)


def blocks(spec: GameSpec, queries: Queries) -> Queries:
    """Returns the symbols of each pair, its operator first, int32 `[n, P, L]`.

    Args:
      spec: Specification of a game of pairs.
      queries: int32 `[n, T]`; what the first pair lacks becomes padding.
    """
    missing = -queries.shape[1] % spec.block_length
    padded = np.pad(queries, [(0, 0), (missing, 0)], constant_values=PADDING)
    return padded.reshape(len(queries), -1, spec.block_length)


def keep(spec: GameSpec, queries: Queries, kept: npt.ArrayLike) -> Queries:
    """Returns the queries with some of their pairs alone, in the same order.

    A pair goes with the operator before it; the first pair that is left has none.

    Args:
      spec: Specification of a game of pairs.
      queries: int32 `[n, T]`.
      kept: Numbers of the pairs to keep, at least one, rising, `[m]`.

    Returns:
      int32 `[n, m L - o]` with the `o` symbols that the first pair lacks.
    """
    missing = -queries.shape[1] % spec.block_length
    left = blocks(spec, queries)[:, np.asarray(kept)]
    return left.reshape(len(queries), -1)[:, missing:]


def true_pairs(
    game: Game, queries: Queries, keys: npt.NDArray[np.integer]
) -> npt.NDArray[np.bool_]:
    """Returns which pairs truly give a key: those of the largest Shapley value.

    With `v(S) = 1` if the query of the pairs S alone matches the key, else 0, and
    `v({}) = 0`, the Shapley value of pair i (arXiv 1705.07874) is

        phi_i = sum over S without i of |S|! (P - 1 - |S|)! / P! (v(S + i) - v(S)),

    and all add up to `v(all pairs)`. In union games the pairs whose third card covers
    the key share it alike and the others have none, so those are the true ones. With
    symmetric differences a pair may cover the key and be undone by a later one: in
    `A ^ B | C`, all covering it, C has 2/3 and is the true one, A and B have 1/6; in
    `A ^ B ^ C` each is as necessary as the others and has 1/3.

    Args:
      game: A game of pairs.
      queries: int32 `[n, T]`.
      keys: A key of each query, `[n]`.

    Returns:
      bool `[n, P]`; all False for a key that the query does not match.

    Raises:
      UserError: If the queries have no pairs, or more than `MAX_PAIRS`.
    """
    values = shapley_values(game, queries, keys)
    best: npt.NDArray[np.bool_] = values == values.max(axis=1, keepdims=True)
    matched = game.answer(queries)[np.arange(len(queries)), keys]
    best &= matched[:, None]
    return best


def shapley_values(
    game: Game, queries: Queries, keys: npt.NDArray[np.integer]
) -> npt.NDArray[np.int64]:
    """Returns each pair's Shapley value times `P!`, an integer, `[n, P]`.

    Args and errors as of `true_pairs`.
    """
    num_pairs = count(game.spec)
    if not 1 <= num_pairs <= MAX_PAIRS:
        raise UserError(
            f"game must have queries of 1 to {MAX_PAIRS} pairs, got {game.spec.name} "
            f"with {num_pairs or 'none'}"
        )
    found = [
        _values(game, queries[first : first + _CHUNK], keys[first : first + _CHUNK])
        for first in range(0, len(queries), _CHUNK)
    ]
    return np.concatenate(found or [np.zeros((0, num_pairs), np.int64)])


def _values(
    game: Game, queries: Queries, keys: npt.NDArray[np.integer]
) -> npt.NDArray[np.int64]:
    num_pairs = count(game.spec)
    rows = np.arange(len(queries))
    values = np.zeros((len(queries), num_pairs), np.int64)
    for size in range(1, num_pairs + 1):
        smaller = game if size == num_pairs else game.with_pairs(size)
        # v(S) stands in phi_i with a plus for the pairs in S, as S + i, else a minus.
        others = num_pairs - size
        plus = math.factorial(size - 1) * math.factorial(others)
        minus = math.factorial(size) * math.factorial(others - 1) if others else 0
        for kept in itertools.combinations(range(num_pairs), size):
            matched = smaller.answer(keep(game.spec, queries, kept))[rows, keys]
            inside = np.isin(np.arange(num_pairs), kept)
            values += np.where(inside, plus, -minus) * matched[:, None]
    return values
