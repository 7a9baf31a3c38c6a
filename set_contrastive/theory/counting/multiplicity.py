"""An unbiased estimate of how many subsets the unions of p pairs can give.

Let M be the number of masks of a single pair, all of the same chance, and let `c(s)` be
the number of the `M^p` tuples of masks whose union is s. Then

    number of subsets = sum over tuples t of 1 / c(union(t)) = M^p E[1 / c(union(t))]

for a random tuple t, since each subset s takes part in the sum `c(s)` times. The mean
of `1 / c` over random queries needs no subset to be seen twice, unlike
capture-recapture, and `1 / c` lies between 0 and 1, so the mean has an honest standard
error. (It is the Horvitz-Thompson estimate: each subset is weighted by the inverse of
its chance. Horvitz and Thompson 1952, J. Am. Stat. Assoc. 47.)

`c(s)` comes from a search over the ways to cover s by masks within s, which is exact
unless it is cut off; then it is a lower bound, and `1 / c` an upper one.
"""

import dataclasses
import functools
import math
from collections.abc import Iterable

import numpy as np
from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.theory.counting.pairs import PairFold

# Two-sided 95 % of a normal distribution.
_Z = 1.959964


@dataclasses.dataclass(frozen=True)
class Estimate:
    """An estimated number of subsets with its 95 % confidence interval.

    Attributes:
      value: The estimate.
      low: Lower end of the interval.
      high: Upper end.
      num_samples: Random queries that it rests on.
      num_cut: Queries whose count was cut off; the interval allows for them.
    """

    value: float
    low: float
    high: float
    num_samples: int
    num_cut: int


def estimate(
    fold: PairFold, seed: int, num_samples: int, limit: int = 3000
) -> Estimate:
    """Estimates the number of subsets of a game of unions.

    Args:
      fold: The game.
      seed: Of the random queries.
      num_samples: Number of random queries, at least 2.
      limit: Nodes that the search for one `c(s)` visits at most.

    Raises:
      UserError: If the game has symmetric differences, or the masks of its pairs differ
        in chance.
    """
    if fold.symmetric_difference or not fold.uniform:
        raise UserError(
            "this estimate needs a game of unions whose pairs are uniform over their "
            "subsets, such as union_81"
        )
    rng = np.random.default_rng(seed)
    upper, cut = np.zeros(num_samples), np.zeros(num_samples, np.bool_)
    drawn = rng.integers(0, len(fold.masks), (num_samples, fold.num_pairs))
    for sample, row in enumerate(
        tqdm(drawn, unit="query", leave=False, desc="estimate")
    ):
        chosen = [fold.masks[place] for place in row]
        count, complete = covering_tuples(_union(chosen), fold.masks, len(row), limit)
        if not complete:
            count = max(count, _at_least(chosen, fold.masks))
        upper[sample], cut[sample] = 1 / count, not complete
    lower = np.where(cut, 0, upper)
    scale = float(len(fold.masks)) ** fold.num_pairs
    error = _Z * upper.std(ddof=1) / math.sqrt(num_samples)
    low_error = _Z * lower.std(ddof=1) / math.sqrt(num_samples)
    return Estimate(
        value=scale * float(upper.mean() + lower.mean()) / 2,
        low=scale * max(float(lower.mean() - low_error), 0.0),
        high=scale * float(upper.mean() + error),
        num_samples=num_samples,
        num_cut=int(cut.sum()),
    )


def _union(masks: Iterable[int]) -> int:
    return functools.reduce(int.__or__, masks, 0)


def _at_least(chosen: list[int], masks: tuple[int, ...]) -> int:
    """Counts tuples with a given union: those that have what the union needs of it.

    Masks of the given tuple that the others cover anyway may be any within the union.
    """
    subset, needed = _union(chosen), list(dict.fromkeys(chosen))
    for mask in tuple(needed):
        others = [other for other in needed if other != mask]
        if _union(others) == subset:
            needed = others
    within = sum(1 for mask in masks if mask & ~subset == 0)
    return _tuples_with(len(chosen), len(needed), within - len(needed))


def covering_tuples(
    subset: int, masks: tuple[int, ...], num_pairs: int, limit: int
) -> tuple[int, bool]:
    """Counts the tuples of masks whose union is a subset.

    Some key of the subset must be covered by one of the masks that contain it. The
    search takes each of them in turn and forbids those taken before, so that it meets
    each set of masks once; whatever else may stand in the tuple is counted by formula.

    Args:
      subset: The union, key k being bit `2^k`.
      masks: The masks that may stand in a tuple.
      num_pairs: Length of the tuples.
      limit: Nodes that are visited at most.

    Returns:
      The number of tuples, and whether the search was complete; else it is a lower
      bound.
    """
    # Large masks first: they are in most tuples, so a search cut off misses little.
    useful = [mask for mask in masks if mask & ~subset == 0]
    useful.sort(key=int.bit_count, reverse=True)
    total, visited = 0, 0
    # Keys to cover, masks that cover some of them, other masks allowed, masks taken.
    stack = [(subset, useful, 0, 0)]
    while stack and visited < limit:
        visited += 1
        uncovered, useful, others, taken = stack.pop()
        if not uncovered:
            total += _tuples_with(num_pairs, taken, len(useful) + others)
            continue
        covering = [mask for mask in useful if mask & uncovered]
        others += len(useful) - len(covering)
        left = num_pairs - taken
        gains = sorted(-(mask & uncovered).bit_count() for mask in covering)
        if -sum(gains[:left]) < uncovered.bit_count():
            continue
        key = _rarest(uncovered, covering)
        allowed, branches = covering, []
        for mask in covering:
            if mask & key:
                allowed = [other for other in allowed if other != mask]
                branches.append((uncovered & ~mask, allowed, others, taken + 1))
        stack += reversed(branches)
    return total, not stack


def _rarest(uncovered: int, masks: list[int]) -> int:
    """Returns the key, as a bit, that the fewest masks contain."""
    fewest, found = len(masks) + 1, 0
    while uncovered:
        key = uncovered & -uncovered
        uncovered ^= key
        count = sum(1 for mask in masks if mask & key)
        if count < fewest:
            fewest, found = count, key
    return found


@functools.cache
def _tuples_with(length: int, taken: int, others: int) -> int:
    """Counts tuples over `taken + others` masks that have all `taken` ones.

    By inclusion and exclusion of the taken masks that are missing.
    """
    return sum(
        (-1) ** missing
        * math.comb(taken, missing)
        * (taken + others - missing) ** length
        for missing in range(taken + 1)
    )
