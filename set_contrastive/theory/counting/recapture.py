"""Capture-recapture: how many distinct subsets there are, from those seen in samples.

Queries are drawn independently, but far from uniformly over subsets: small and very
large unions come up again and again. Then subsets that are seen twice are mostly the
common ones, and estimates that take all subsets as equally likely come out too low.
What is what:

- `chapman`: an estimate if all subsets are equally likely, too low otherwise.
- `chao1`: an estimate of a lower bound, whatever the chances of the subsets, in samples
  in which many are seen twice.
"""

import dataclasses
import math

from set_contrastive.base.arrays import IntArray

# Two-sided 95 % of a normal distribution.
_Z = 1.959964


@dataclasses.dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % confidence interval."""

    value: float
    low: float
    high: float


def chapman(first: int, second: int, both: int) -> Interval:
    """Chapman's estimate from two samples, with a log-normal interval.

    With `n1` and `n2` distinct subsets in the samples and m in both,

        N = (n1 + 1) (n2 + 1) / (m + 1) - 1,
        var N = (n1 + 1) (n2 + 1) (n1 - m) (n2 - m) / ((m + 1)^2 (m + 2)),

    nearly unbiased if every subset has the same chance. It also holds for m = 0.
    (Chapman 1951, Univ. of California Publ. in Statistics 1; Seber 1970, Biometrika 57;
    the interval takes the number of unseen ones as log-normal, as Chao 1987.)

    Args:
      first: Number of distinct subsets in the first sample, `n1`.
      second: Number in the second, `n2`.
      both: Number in both, m.
    """
    value = (first + 1) * (second + 1) / (both + 1) - 1
    only = (first - both) * (second - both)
    variance = (first + 1) * (second + 1) * only / ((both + 1) ** 2 * (both + 2))
    return _log_normal(first + second - both, value, variance)


def chao1(times_seen: IntArray) -> Interval:
    """Chao's lower bound from how often subsets were seen in one sample of n queries.

    With D distinct subsets, `f1` of them seen once and `f2` twice,

        N >= D + (n - 1) / n * f1^2 / (2 f2)

    with the expected values of f1 and f2, and equality if all unseen subsets have the
    same chance. With those counted it is a bound as far as they are close to these: a
    small f2 makes the fraction, and so the estimate, too large on average. Without any
    seen twice, `f1 (f1 - 1) / 2` takes the place of the fraction. The interval is
    Chao's log-normal one. (Chao 1984, Scandinavian J. of Statistics 11; Chao 1987,
    Biometrics 43.)

    Args:
      times_seen: How often each distinct subset was seen, `[D]`.
    """
    seen, n = len(times_seen), int(times_seen.sum())
    once, twice = (int((times_seen == times).sum()) for times in (1, 2))
    share = (n - 1) / n
    if twice:
        ratio = once / twice
        unseen = share * once * ratio / 2
        variance = twice * (
            share * ratio**2 / 2 + share**2 * ratio**3 + share**2 * ratio**4 / 4
        )
    else:
        unseen = share * once * (once - 1) / 2
        variance = (
            share * once * (once - 1) / 2
            + share**2 * once * (2 * once - 1) ** 2 / 4
            - share**2 * once**4 / (4 * max(seen + unseen, 1))
        )
    return _log_normal(seen, seen + unseen, variance)


def _log_normal(seen: int, value: float, variance: float) -> Interval:
    """Returns the interval in which what was not seen is log-normal."""
    unseen = value - seen
    if unseen <= 0:
        return Interval(seen, seen, seen)
    factor = math.exp(_Z * math.sqrt(math.log1p(max(variance, 0.0) / unseen**2)))
    return Interval(value, seen + unseen / factor, seen + unseen * factor)
