"""How far a table `f = exp(m)` is from the joint and from the density ratio.

A table may be any real numbers, also huge and tiny ones, so all works on logarithms.
Cells that never occur, with `p(x, y) = 0`, ask for `m = -inf`; a finite m there costs
the share of the total that f has in them, and nothing else.
"""

import math

import numpy as np
from scipy import special

from set_contrastive.base.arrays import FloatArray
from set_contrastive.theory.joints.joint import Joint


def normalized(m: FloatArray) -> FloatArray:
    """Returns `f / sum f`, `[X, Y]`."""
    shares: FloatArray = special.softmax(m)
    return shares


def kl_to_joint(joint: Joint, m: FloatArray) -> float:
    """KL(p || f / sum f) in nats: 0 where f is the joint up to a factor."""
    return _kl(joint.p, m)


def kl_to_ratio(joint: Joint, m: FloatArray) -> float:
    """KL(p || f p(x) p(y) / sum ...) in nats: 0 where f is the ratio up to a factor."""
    return _kl(joint.p, m + np.log(joint.independent))


def within_components(joint: Joint, log_q: FloatArray) -> float:
    """KL between p and q given the connected component, in nats.

    `sum_c p(c) KL(p(. | c) || q(. | c))`, where c are the components of the support of
    p. Unlike KL(p || q) it does not ask for the right factor between components, which
    no conditional tells.

    Args:
      joint: The joint p.
      log_q: The log of q up to a constant, `[X, Y]`.
    """
    total = 0.0
    for component in range(joint.num_components):
        cells = joint.components == component
        mass = joint.p[cells].sum()
        total += mass * _kl(joint.p[cells] / mass, log_q[cells])
    return float(total)


def pmi_correlation(joint: Joint, m: FloatArray) -> float | None:
    """Pearson correlation of m and the PMI over cells that occur.

    Returns:
      The correlation, or None where the PMI is the same in all cells.
    """
    cells = joint.p > 0
    pmi, values = joint.pmi[cells], m[cells]
    if np.ptp(pmi) < 1e-9 or np.ptp(values) == 0:
        return None
    return float(np.corrcoef(values, pmi)[0, 1])


def pmi_distance(joint: Joint, m: FloatArray) -> float:
    """Root mean square under p of `m - PMI`, less its mean in each component, in nats.

    0 where f is the ratio up to a factor for each component, also for constant PMI.
    """
    squares = 0.0
    for component in range(joint.num_components):
        cells = (joint.components == component) & (joint.p > 0)
        p, difference = joint.p[cells], m[cells] - joint.pmi[cells]
        squares += float(p @ (difference - p @ difference / p.sum()) ** 2)
    return math.sqrt(squares)


def _kl(p: FloatArray, log_q: FloatArray) -> float:
    """KL(p || q) for the log of q up to a constant; cells with p = 0 count in q."""
    cells = p > 0
    logs = log_q[cells] - special.logsumexp(log_q)
    kl = float(p[cells] @ (np.log(p[cells]) - logs))
    return max(kl, 0.0)  # Rounding can take it just below.
