"""Bounds on the sign rank of a relevance matrix, and so on the dimension it needs.

A relevance matrix A (N subsets of K keys, 0 or 1) has the sign matrix `2A - 1`. Its
*sign rank* is the smallest rank of a real matrix whose entries have these signs. By
Weller et al. 2025 ("On the theoretical limitations of embedding-based retrieval",
arXiv 2508.21038, proposition 2) the dimension that retrieves all subsets, `rank_rop`
(in the order of relevance, which is the same as with a threshold a query, `rank_rt`),
is known from it within one:

    sign_rank(2A - 1) - 1 <= rank_rop(A) = rank_rt(A) <= rank_gt(A) <= sign_rank(2A - 1)

where `rank_gt` has the same threshold for all queries.
"""

import math

import numpy as np

from set_contrastive.base.arrays import FloatArray
from set_contrastive.base.errors import UserError
from set_contrastive.games.game import KeyMask


def spectral_bound(mask: KeyMask) -> float:
    """Returns Forster's lower bound of the sign rank, `sqrt(N K) / ||2A - 1||`.

    The norm is the largest singular value. A part of the rows gives a bound of the
    whole too. (Forster 2002, "A linear lower bound on the unbounded error
    probabilistic communication complexity", J. Computer and System Sciences 65.)

    Args:
      mask: The subsets A, bool `[N, K]`.
    """
    signs = _signs(mask)
    return math.sqrt(signs.size) / float(np.linalg.norm(signs, ord=2))


def largest_margin(mask: KeyMask) -> float:
    """Returns an upper bound of the margin in any dimension, `||2A - 1|| / sqrt(N K)`.

    Unit vectors of queries and keys whose products have the signs of 2A - 1 cannot all
    have `|q . x| >= margin` with a larger one. (Forster, Schmitt, Simon and Suttorp
    2003, "Estimating the optimal margins of embeddings in Euclidean half spaces",
    Machine Learning 51.)
    """
    return 1 / spectral_bound(mask)


def sign_change_bound(mask: KeyMask) -> int:
    """Returns an upper bound of the sign rank: 1 + the most sign changes in a row.

    With the keys at places `t_1 < ... < t_K` of a line, a polynomial in t of degree c
    has the signs of a row that changes sign c times, and it is a product of c + 1
    coefficients with (1, t, ..., t^c). Its constant being a threshold, d = c retrieves
    the row's subset. The bound depends on the order of the keys. A
    row of at most k ones changes sign at most 2k times. (Alon, Frankl and Roedl 1985,
    "Geometrical realization of set systems and probabilistic communication
    complexity", FOCS.)
    """
    return 1 + int((mask[:, 1:] != mask[:, :-1]).sum(axis=1).max(initial=0))


def log2_matrices(num_subsets: int, num_keys: int, rank: int) -> float:
    """Returns log2 of a bound on how many N x K sign matrices have sign rank <= r.

    The N K entries of such a matrix are polynomials of degree 2 in the `v = r (N + K)`
    entries of its two factors, and m polynomials of degree D in v <= m variables have
    at most `(4 e D m / v)^v` sign vectors. (Warren 1968, "Lower bounds for
    approximation by nonlinear manifolds", Trans. Amer. Math. Soc. 133; used so by Alon,
    Frankl and Roedl 1985 and by Alon, Moran and Yehudayoff 2016, "Sign rank versus VC
    dimension", COLT.)
    """
    entries = num_subsets * num_keys
    variables = rank * (num_subsets + num_keys)
    if variables >= entries:
        return float(entries)
    bound = variables * math.log2(8 * math.e * entries / variables)
    return min(float(entries), bound)


def rank_of_most_matrices(num_subsets: int, num_keys: int) -> int:
    """Returns a sign rank that all but a share 2^-(N K / 2) of sign matrices reach.

    The smallest r for which `log2_matrices` is above N K / 2: fewer than
    `2^(N K / 2)` of the `2^(N K)` matrices stay below. It says nothing of one matrix.
    """
    entries = num_subsets * num_keys
    return next(
        rank
        for rank in range(1, entries + 1)
        if log2_matrices(num_subsets, num_keys, rank) > entries / 2
    )


def _signs(mask: KeyMask) -> FloatArray:
    if mask.ndim != 2 or not mask.size:
        raise UserError(f"mask must be a matrix, got shape {list(mask.shape)}")
    return np.where(mask, 1.0, -1.0)
