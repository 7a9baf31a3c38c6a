"""What theory says of noise, and of the share of fillers that come back.

The score of a word is its inner product with what role j unbinds. Let the right word
have the score `s = 1 + c z` with z ~ N(0, 1). A word at the cosine a from it has `a s`
and noise `w sqrt(1 - a^2)`, so it is beaten with probability
Phi(s / w sqrt((1 - a) / (1 + a))), and

    P = E_z[ G(s, u)^(W - n) G(s, b)^(n - 1) ],
    G(s, w) = E_a[ Phi(s / w sqrt((1 - a) / (1 + a))) ]

is the probability that the right one of W words comes back, with u the noise of words
that are not in the memory and b that of words that other roles have. In d dimensions
`(1 + a) / 2` is Beta((d - 1) / 2, (d - 1) / 2). Words are taken as independent given z.
The variances follow from the second and fourth moments of roles and fillers (fillers of
d numbers, D in all; q = max(0, n / d - 1)):

| scheme | noise | c^2 | u^2 | b^2 |
| --- | --- | --- | --- | --- |
| tensor | `max(0, 1 - d/n)` | `q/d` | `q/d` | `q/(n-1) + q(n-2)/((n-1)d)` |
| tensor_role | `(n-1)/d` | `(n-1)/d^2` | `(n-1)/d^2` | `1/d + (n-2)/d^2` |
| hadamard | `n - 1` | `(n-1)/D` | `(n-1)/D` | `(n+1)/D` |
| convolution | `n` | `(n+3)/D` | `n/D` | `(n+1)/D` |
| unitary | `n - 1` | `(n-1)/D` | `(n-1)/D` | `n/D` |

For instance convolution with Gaussian roles: in the spectrum the own pair is `|r|^2 f`
with E|r|^2 = 1 and E|r|^4 = 2, which adds a noise of 1 and, as E|f|^4 = 2 too, 4/D to
c^2; each other pair adds a noise of 1, and 1/D to c^2. The dual basis of n roles in
d dimensions projects on d of them, which is exact up to n = d; beyond that a filler
comes back times d / n, by which the table's last three columns are divided.
"""

from collections.abc import Callable

import numpy as np
from scipy import special

from set_contrastive.foundations.bindings import schemes

# n, D -> noise, c^2, u^2, b^2
Moments = Callable[[int, int], tuple[float, float, float, float]]

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
_MIDDLES = (np.arange(400) + 0.5) / 400  # Of equally likely ranges of the cosine.


def _tensor(pairs: int, total: int) -> tuple[float, float, float, float]:
    dim = schemes.side(total)
    excess = max(0.0, pairs / dim - 1)
    others = max(pairs - 1, 1)
    bound = excess / others * (1 + (pairs - 2) / dim)
    return max(0.0, 1 - dim / pairs), excess / dim, excess / dim, bound


def _tensor_role(pairs: int, total: int) -> tuple[float, float, float, float]:
    dim = schemes.side(total)
    all_others = (pairs - 1) / dim**2
    return (pairs - 1) / dim, all_others, all_others, 1 / dim + (pairs - 2) / dim**2


def _hadamard(pairs: int, total: int) -> tuple[float, float, float, float]:
    others = (pairs - 1) / total
    return pairs - 1, others, others, (pairs + 1) / total


def _convolution(pairs: int, total: int) -> tuple[float, float, float, float]:
    return pairs, (pairs + 3) / total, pairs / total, (pairs + 1) / total


def _unitary(pairs: int, total: int) -> tuple[float, float, float, float]:
    others = (pairs - 1) / total
    return pairs - 1, others, others, pairs / total


MOMENTS: dict[str, Moments] = {
    "tensor": _tensor,
    "tensor_role": _tensor_role,
    "hadamard": _hadamard,
    "convolution": _convolution,
    "unitary": _unitary,
}


def noise(scheme: str, pairs: int, total: int) -> float:
    """Returns the expected squared length of the noise, of a filler of length 1."""
    return MOMENTS[scheme](pairs, total)[0]


def recovered(scheme: str, pairs: int, total: int, words: int) -> float:
    """Returns the expected share of fillers that come back.

    Args:
      scheme: Name of the scheme.
      pairs: Pairs n of the memory.
      total: Numbers D of the memory.
      words: Words W of the dictionary.
    """
    _, right, *wrong = np.sqrt(MOMENTS[scheme](pairs, total))
    score = 1 + right * _NODES
    shape = (schemes.SCHEMES[scheme].filler_dim(total) - 1) / 2
    if shape == 0:  # In one dimension a word is the right one or its opposite.
        return 1.0 if words == 1 else 0.0
    cosine = 2 * special.betaincinv(shape, shape, _MIDDLES) - 1
    lead = np.multiply.outer(score, np.sqrt((1 - cosine) / (1 + cosine)))
    chance = np.ones_like(score)
    for deviation, count in zip(wrong, (words - pairs, pairs - 1), strict=True):
        if deviation == 0:
            beaten = (score > 0).astype(np.float64)
        else:
            beaten = special.ndtr(lead / deviation).mean(axis=1)
        chance = chance * beaten**count
    return float(_WEIGHTS @ chance / _WEIGHTS.sum())


def least_total(scheme: str, pairs: int, words: int, share: float) -> int:
    """Returns the least D, a square for tensors, at which a share comes back.

    Raises:
      ValueError: If no D up to 10^6 is enough.
    """
    for root in range(1, 1001):
        totals = [root**2]
        if not scheme.startswith("tensor"):
            totals = list(range((root - 1) ** 2 + 1, root**2 + 1))
        if recovered(scheme, pairs, totals[-1], words) < share:
            continue  # The share grows with D.
        return next(t for t in totals if recovered(scheme, pairs, t, words) >= share)
    raise ValueError(f"{scheme} needs more than 10^6 numbers")
