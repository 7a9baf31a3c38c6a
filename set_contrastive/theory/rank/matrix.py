"""The query-key matrix of a game and its rank, in floating point and exactly."""

import dataclasses
import math
from collections.abc import Iterator

import numpy as np

from set_contrastive.games.game import Game
from set_contrastive.games.game import KeyMask

_LARGEST_PRIME_BELOW = 2**31  # Products of two residues fit int64.


@dataclasses.dataclass(frozen=True)
class Subsets:
    """The distinct rows of a query-key matrix.

    Equal rows and rows of zeros alter neither the rank nor what retrieval needs, so
    they are left out.

    Attributes:
      mask: Whether key k is in subset i, bool `[N, K]`.
      whole: Whether these are the subsets of all queries, not those of a sample.
    """

    mask: KeyMask
    whole: bool


def subsets(game: Game, num_queries: int, seed: int) -> Subsets:
    """Returns the subsets of all queries of a game, or of random ones.

    Args:
      game: The game.
      num_queries: How many random queries to take if the game does not list its own.
      seed: Of these.
    """
    queries = game.population()
    whole = queries is not None
    if queries is None:
        queries = game.sample(np.random.default_rng(seed), num_queries)
    mask = np.unique(game.answer(queries), axis=0)
    return Subsets(mask[mask.any(axis=1)], whole)


def numeric_rank(mask: KeyMask) -> int:
    """Returns the rank by singular values in float64.

    A singular value counts if it is above `max(N, K) eps` times the largest one, as
    `numpy.linalg.matrix_rank` has it.
    """
    return int(np.linalg.matrix_rank(mask.astype(np.float64)))


def exact_rank(mask: KeyMask) -> int:
    """Returns the rank over the rational numbers, exactly.

    The rank modulo a prime is never above it. It is below only if the prime divides all
    minors of the full rank's size, and a minor of a 0/1 matrix of n rows is at most
    `(n + 1)^((n + 1) / 2) / 2^n` (Hadamard's bound for 0/1 matrices). So once the
    primes that were tried have a product above that, one of them gave the full rank.
    """
    size = min(mask.shape)
    log2_minor = (size + 1) / 2 * math.log2(size + 1) - size
    rank, log2_product = 0, 0.0
    for prime in _primes():
        rank = max(rank, modular_rank(mask, prime))
        log2_product += math.log2(prime)
        if rank == size or log2_product > log2_minor:
            return rank
    raise AssertionError("unreachable: there are primes enough")


def modular_rank(mask: KeyMask, prime: int) -> int:
    """Returns the rank modulo a prime below 2^31, by Gaussian elimination.

    It is a lower bound of the rank over the rational numbers.
    """
    rows = (mask if mask.shape[0] <= mask.shape[1] else mask.T).astype(np.int64)
    rank = 0
    for column in range(rows.shape[1]):
        below = np.flatnonzero(rows[rank:, column])
        if not below.size:
            continue
        pivot = rank + int(below[0])
        rows[[rank, pivot]] = rows[[pivot, rank]]
        inverse = pow(int(rows[rank, column]), -1, prime)
        rows[rank] = rows[rank] * inverse % prime
        factors = rows[rank + 1 :, column, None]
        rows[rank + 1 :] = (rows[rank + 1 :] - factors * rows[rank] % prime) % prime
        rank += 1
        if rank == len(rows):
            break
    return rank


def squared_error_dim(mask: KeyMask) -> int:
    """Returns from which d on the best approximation of rank d gives the matrix back.

    The products `Q X^T` of d-dimensional vectors that are closest to the matrix in
    squared error are its d largest singular components (Eckart and Young 1936,
    Psychometrika 1). They give it back if each product is above 1/2 just where the
    entry is 1. Exact but for rounding, no training needed; rows that stand more than
    once weigh more, so give all queries.

    Args:
      mask: The rows of all queries, bool `[n, K]`, rows of zeros too.
    """
    left, values, right = np.linalg.svd(mask.astype(np.float64), full_matrices=False)
    product = np.zeros(mask.shape)
    gives_back = []
    for column, value, row in zip(left.T, values, right, strict=True):
        product += value * np.outer(column, row)
        gives_back.append(bool(((product > 0.5) == mask).all()))
    wrong = [d for d, right_at in enumerate(gives_back, 1) if not right_at]
    return max(wrong, default=0) + 1


def shared_rank(num_attributes: int, num_values: int) -> int:
    """Returns the rank of the shared game's matrix by formula, `V^A - (V - 1)^A`.

    Functions of a key are sums of products of functions of its single attributes, each
    of them constant or of sum 0 over the attribute's values. A query's row never takes
    part with all A attributes at once, since two distinct cards share at most A - 1,
    and all else occurs: `sum over j < A of binomial(A, j) (V - 1)^j`.
    """
    rank: int = num_values**num_attributes - (num_values - 1) ** num_attributes
    return rank


def _primes() -> Iterator[int]:
    """Yields the primes below 2^31, the largest first."""
    small = np.arange(3, math.isqrt(_LARGEST_PRIME_BELOW) + 1, 2)
    for number in range(_LARGEST_PRIME_BELOW - 1, 2, -2):
        if (number % small).all():
            yield number
