"""Cover's function counting: how many subsets of K keys one set of vectors retrieves.

Query q scores key k by `s_k = q . x_k`, or `q . x_k + b_k` with a bias per key, with q
and the vectors x in R^d. It *retrieves* the subset S if every key of S scores above
every key outside: then, and only then, some threshold t of the query's own has
`s_k - t > 0` exactly on S. Ranking by softmax or top |S| needs no more than that, so
it has a free bias per query, whether the model knows it or not.

For fixed keys, how many S are there over all queries q? That is how many ways there are
to be on the positive side of hyperplanes, one for each key:

- `fixed threshold`: t = 0 for all queries. (q . x_k > 0) splits K vectors of R^d by a
  hyperplane through the origin, at most `C(K, d) = 2 sum_{i < d} binomial(K - 1, i)`
  ways, and exactly so many if any d of the vectors are independent (Schlaefli; Cover
  1965, "Geometrical and statistical properties of systems of linear inequalities",
  IEEE Trans. Electronic Computers EC-14, theorem 1).
- `retrieval`: (q, -t) splits the vectors (x_k, 1) of R^(d + 1): at most `C(K, d + 1)`.
- `retrieval with a bias per key`: (q, -t) is a point of R^(d + 1), and the K
  hyperplanes `q . x_k + b_k - t = 0` cut this space into at most
  `sum_{i <= d + 1} binomial(K, i)` regions (Buck 1943, "Partition of space", Amer.
  Math. Monthly 50), one for each subset: the query's coordinate that meets the bias is
  fixed to 1, so the hyperplanes need not pass through the origin. That is
  `C(K, d + 1) + binomial(K - 1, d + 1)`: never more than one further dimension gives.

All numbers count the empty subset and that of all keys, which every query retrieves.
All 2^K are reached at d >= K - 1: half-spaces of R^d shatter d + 1 points.
"""

import math

from set_contrastive.base.errors import UserError


def fixed_threshold(num_keys: int, dim: int) -> int:
    """Returns `C(K, d)`, the most subsets that `q . x_k > 0` can be, over all q."""
    _check(num_keys, dim)
    return 2 * sum(math.comb(num_keys - 1, i) for i in range(min(dim, num_keys)))


def retrieval(num_keys: int, dim: int) -> int:
    """Returns `C(K, d + 1)`, the most subsets that d dimensions retrieve."""
    _check(num_keys, dim)
    return fixed_threshold(num_keys, dim + 1)


def retrieval_with_key_bias(num_keys: int, dim: int) -> int:
    """Returns `sum_{i <= d + 1} binomial(K, i)`, the same with a bias per key."""
    _check(num_keys, dim)
    highest = min(dim + 1, num_keys)
    return sum(math.comb(num_keys, i) for i in range(highest + 1))


def share(num_subsets: int, num_keys: int, dim: int, key_bias: bool = False) -> float:
    """Returns the largest share of given non-empty subsets that d dimensions retrieve.

    An upper bound, `min(1, (C - 1) / N)`: of the C subsets that are counted one is
    empty. It counts every subset once, however often it is asked for.

    """
    count = retrieval_with_key_bias if key_bias else retrieval
    return min(1.0, (count(num_keys, dim) - 1) / num_subsets)


def least_dim(num_subsets: int, num_keys: int, key_bias: bool = False) -> int:
    """Returns the smallest d for which counting allows all of the subsets.

    A lower bound of the dimension that they need; exactly what they need if they are
    all `2^K - 1`.

    Raises:
      UserError: If there are more than `2^K - 1` subsets.
    """
    if not 1 <= num_subsets < 2**num_keys:
        raise UserError(
            f"num_subsets must be 1 to 2^{num_keys} - 1, got {num_subsets:,}"
        )
    count = retrieval_with_key_bias if key_bias else retrieval
    return next(
        d for d in range(1, num_keys + 1) if count(num_keys, d) - 1 >= num_subsets
    )


def _check(num_keys: int, dim: int) -> None:
    if num_keys < 1:
        raise UserError(f"num_keys must be at least 1, got {num_keys}")
    if dim < 1:
        raise UserError(f"d must be at least 1, got {dim}")
