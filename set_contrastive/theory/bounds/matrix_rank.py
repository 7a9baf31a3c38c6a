"""The rank of a query-key matrix: in floating point, exactly, and by squared error."""

import math
from collections.abc import Iterator

import numpy as np

from set_contrastive.base.arrays import FloatArray
from set_contrastive.games.game import KeyMask

_LARGEST_PRIME_BELOW = 2**31  # Products of two residues fit int64.
# Singular values that differ by less, as a share of the largest, are equal.
_EQUAL = 1e-9


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
    """Returns from which d on best approximations of rank d give the matrix back.

    The products `Q X^T` of d-dimensional vectors that are closest to the matrix in
    squared error are its d largest singular components (Eckart and Young 1936,
    Psychometrika 1). They give it back if each product is above 1/2 just where the
    entry is 1. Where d splits a block of equal singular values there are many closest
    products: any part of the block will do. They count as giving it back only if all of
    them do, so that the order of queries and keys does not matter. An entry to which
    the block adds `a . b` gets from part of it, a projection P,

        a^T P b  from  (a . b - |a| |b|) / 2  to  (a . b + |a| |b|) / 2,

    and both ends are reached, whatever the rank of P. Exact but for rounding, no
    training needed; rows that stand more than once weigh more, so give all queries.

    Args:
      mask: The rows of all queries, bool `[n, K]`, rows of zeros too.
    """
    left, values, right = np.linalg.svd(mask.astype(np.float64), full_matrices=False)
    step = _EQUAL * values[0]
    is_end = (values > step) & (values - np.append(values[1:], 0.0) > step)
    least, start, product = 1, 0, np.zeros(mask.shape)

    def is_given_back(found: FloatArray) -> bool:
        return bool((np.where(mask, found - 0.5, 0.5 - found) > _EQUAL).all())

    for end in (int(place) + 1 for place in np.flatnonzero(is_end)):
        ours, theirs = left[:, start:end] * values[start:end], right[start:end]
        block = ours @ theirs
        spread = np.linalg.norm(ours, axis=1)[:, None] * np.linalg.norm(theirs, axis=0)
        parts = (product + (block + sign * spread) / 2 for sign in (1, -1))
        if end > start + 1 and not all(map(is_given_back, parts)):
            least = end
        product += block
        if not is_given_back(product):
            least = end + 1
        start = end
    return least


def _primes() -> Iterator[int]:
    """Yields the primes below 2^31, the largest first."""
    small = np.arange(3, math.isqrt(_LARGEST_PRIME_BELOW) + 1, 2)
    for number in range(_LARGEST_PRIME_BELOW - 1, 2, -2):
        if (number % small).all():
            yield number
