"""Subsets of at most k keys: 2k dimensions retrieve all of them, whatever K is.

On the (trigonometric) moment curve in R^(2k),

    x(a) = (cos a, sin a, cos 2a, sin 2a, ..., cos ka, sin ka),

each subset S of at most k points is a face of their convex hull, which is a cyclic
polytope: `p(a) = prod_{i in S} (1 - cos(a - a_i))` is a trigonometric polynomial of
degree |S| <= k, zero on S and positive elsewhere, so that the query -p, with p's
coefficients but the constant one, scores S highest and equal. (Caratheodory 1911; Gale
1963, "Neighborly and cyclic polytopes"; Ziegler, "Lectures on Polytopes", section 0.)
All keys have length sqrt(k), so dividing by it gives unit vectors. The margin of all
pairs (k = 2) falls as K^-4.
"""

from collections.abc import Sequence

import numpy as np

from set_contrastive.base.arrays import FloatArray
from set_contrastive.base.errors import UserError
from set_contrastive.games.game import KeyMask


def sufficient_dim(subset_size: int) -> int:
    """Returns 2k: enough to retrieve every subset of at most k of any number of keys.

    (Cyclic polytopes, see above. The same follows from sign changes: Alon, Frankl and
    Roedl 1985, "Geometrical realization of set systems and probabilistic communication
    complexity", FOCS.)
    """
    _check(subset_size)
    return 2 * subset_size


def necessary_dim(subset_size: int, num_keys: int) -> int:
    """Returns a dimension that retrieving every subset of exactly k keys needs.

    It is 2k from K = 3k keys on, so that 2k is then the exact answer. By Radon's
    theorem d + 2 points split into two parts whose convex hulls meet, the smaller of r
    <= (d + 2) / 2 points. If r <= k, that part and k - r keys that are none of the
    d + 2 points are a subset that no hyperplane splits from the rest, so d is too
    small. With d = 2k - 1, `2k + 1 + (k - r) <= 3k` keys are enough for that. A subset
    is retrieved by q if the rest is by -q, so the same holds with K - k in place of k.
    """
    _check(subset_size)
    if num_keys <= subset_size:
        return 0  # The only subset is that of all keys.
    too_small = [
        d
        for size in (subset_size, num_keys - subset_size)
        for d in range(1, 2 * size)
        if num_keys >= d + 2 + size - 1
    ]
    return max(too_small, default=0) + 1


def curve(num_keys: int, subset_size: int) -> FloatArray:
    """Returns `x(a)` at K equal steps around the circle, `[K, 2k]`."""
    multiples = _angles(num_keys)[:, None] * np.arange(1, subset_size + 1)
    both = np.stack([np.cos(multiples), np.sin(multiples)], axis=2)
    points: FloatArray = both.reshape(num_keys, -1)
    return points


def keys(num_keys: int, subset_size: int) -> FloatArray:
    """Returns K unit vectors in R^(2k) of which every k can be retrieved, `[K, 2k]`."""
    _check(subset_size)
    vectors: FloatArray = curve(num_keys, subset_size) / np.sqrt(subset_size)
    return vectors


def query(subset: Sequence[int], num_keys: int, subset_size: int) -> FloatArray:
    """Returns the unit vector in R^(2k) that scores a subset's keys highest.

    Args:
      subset: Numbers of at most k keys.
      num_keys: Number of keys, K.
      subset_size: The k that `keys` was made for.

    Raises:
      UserError: If there are none or more than k keys.
    """
    mask = np.zeros((1, num_keys), np.bool_)
    mask[0, list(subset)] = True
    vector: FloatArray = queries(mask, subset_size)[0]
    return vector


def queries(mask: KeyMask, subset_size: int) -> FloatArray:
    """Returns the unit vectors that score each subset's keys highest, `[N, 2k]`.

    Args:
      mask: The subsets, bool `[N, K]`, each of 1 to k keys.
      subset_size: The k that `keys` was made for.

    Raises:
      UserError: If a subset has none or more than k keys.
    """
    _check(subset_size)
    sizes = mask.sum(axis=1)
    for wrong in sizes[(sizes < 1) | (sizes > subset_size)][:1]:
        raise UserError(f"a subset must have 1 to {subset_size} keys, got {wrong}")
    # The polynomial's values at 2k + 1 places hold its 2k + 1 coefficients.
    places = 2 * np.pi * np.arange(2 * subset_size + 1) / (2 * subset_size + 1)
    factors = 1 - np.cos(places[:, None] - _angles(mask.shape[1]))
    values = np.stack([np.where(mask, row, 1).prod(axis=1) for row in factors], axis=1)
    spectrum = np.fft.rfft(values, axis=1)[:, 1:]
    both = np.stack([spectrum.real, -spectrum.imag], axis=2)
    coefficients = both.reshape(len(mask), -1)
    vectors: FloatArray = -coefficients / np.linalg.norm(
        coefficients, axis=1, keepdims=True
    )
    return vectors


def _angles(num_keys: int) -> FloatArray:
    return 2 * np.pi * np.arange(num_keys) / num_keys


def _check(subset_size: int) -> None:
    if subset_size < 1:
        raise UserError(f"subset_size must be at least 1, got {subset_size}")
