"""Forward mode by dual numbers: each value carries its derivative along one direction.

A dual number is `a + a' e` with `e^2 = 0`, so `f(a + a' e) = f(a) + f'(a) a' e`
(Clifford 1873). One run of the program gives the derivatives of all results along one
direction, so a Jacobian by n inputs takes n runs. Nothing needs to be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from set_contrastive.foundations.derivatives.elementary import Counter
from set_contrastive.foundations.derivatives.elementary import Differentiable


class Dual(Differentiable):
    """A dual number.

    Args:
      value: The number, a.
      tangent: Its derivative along the direction, a'.
      counter: Counts the work.
    """

    def __init__(self, value: float, tangent: float, counter: Counter):
        self.value = value
        self.tangent = tangent
        self.counter = counter

    def _made(self, value: float, operands: list[Dual], partials: list[float]) -> Dual:
        self.counter.products += len(operands)
        tangent = sum(o.tangent * p for o, p in zip(operands, partials, strict=True))
        return Dual(value, tangent, self.counter)


def jacobian(
    function: Callable[[list[Any]], list[Any]], point: Sequence[float]
) -> tuple[list[list[float]], Counter]:
    """Returns the Jacobian `[m][n]` at a point, and the work.

    Args:
      function: Takes a list of n numbers and returns a list of m.
      point: Where, n floats.
    """
    counter = Counter()
    columns = []
    for place in range(len(point)):
        inputs = [
            Dual(value, float(number == place), counter)
            for number, value in enumerate(point)
        ]
        columns.append([result.tangent for result in function(inputs)])
    return [list(row) for row in zip(*columns, strict=True)], counter
