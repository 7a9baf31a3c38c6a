"""Numbers that can be differentiated: what reverse and forward mode have in common.

A program is a chain of elementary operations `v = f(a, b)`. Both modes need the value
and the partial derivatives of each, and differ in what they do with those.
"""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Callable
from typing import Any, Self

# Name -> value, and partial derivatives by each operand, of operands and value.
OPERATIONS: dict[str, tuple[Callable[..., float], tuple[Callable[..., float], ...]]] = {
    "add": (lambda a, b: a + b, (lambda a, b, v: 1.0, lambda a, b, v: 1.0)),
    "subtract": (lambda a, b: a - b, (lambda a, b, v: 1.0, lambda a, b, v: -1.0)),
    "multiply": (lambda a, b: a * b, (lambda a, b, v: b, lambda a, b, v: a)),
    "divide": (lambda a, b: a / b, (lambda a, b, v: 1 / b, lambda a, b, v: -v / b)),
    "exp": (math.exp, (lambda a, v: v,)),
    "log": (math.log, (lambda a, v: 1 / a,)),
    "sin": (math.sin, (lambda a, v: math.cos(a),)),
    "tanh": (math.tanh, (lambda a, v: 1 - v * v,)),
}


@dataclasses.dataclass
class Counter:
    """How much work was done.

    Attributes:
      values: Elementary operations whose value was computed.
      partials: Partial derivatives computed.
      products: Partial derivatives multiplied with a derivative and added.
    """

    values: int = 0
    partials: int = 0
    products: int = 0

    @property
    def total(self) -> int:
        """All of them, each counted as one operation."""
        return self.values + self.partials + self.products


class Differentiable(abc.ABC):
    """A number on which Python's operators work.

    Attributes:
      value: The number.
      counter: Counts the work.
    """

    value: float
    counter: Counter

    @abc.abstractmethod
    def _made(self, value: float, operands: list[Self], partials: list[float]) -> Self:
        """Returns the number that an operation gives.

        Args:
          value: Its value.
          operands: Those of its operands that are differentiable.
          partials: Its partial derivatives by them.
        """

    def apply(self, name: str, *operands: Any) -> Self:
        """Returns the value of an operation; operands that are floats are constants."""
        compute, derivatives = OPERATIONS[name]
        values = [getattr(operand, "value", operand) for operand in operands]
        value = compute(*values)
        seen = [
            (operand, derivative(*values, value))
            for operand, derivative in zip(operands, derivatives, strict=True)
            if isinstance(operand, type(self))
        ]
        self.counter.values += 1
        self.counter.partials += len(seen)
        return self._made(value, [o for o, _ in seen], [p for _, p in seen])

    def __add__(self, other: Any) -> Self:
        return self.apply("add", self, other)

    def __radd__(self, other: Any) -> Self:
        return self.apply("add", other, self)

    def __sub__(self, other: Any) -> Self:
        return self.apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Self:
        return self.apply("subtract", other, self)

    def __mul__(self, other: Any) -> Self:
        return self.apply("multiply", self, other)

    def __rmul__(self, other: Any) -> Self:
        return self.apply("multiply", other, self)

    def __truediv__(self, other: Any) -> Self:
        return self.apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> Self:
        return self.apply("divide", other, self)

    def __neg__(self) -> Self:
        return self.apply("multiply", -1.0, self)

    def exp(self) -> Self:
        """Returns e to this power."""
        return self.apply("exp", self)

    def log(self) -> Self:
        """Returns the natural logarithm."""
        return self.apply("log", self)

    def sin(self) -> Self:
        """Returns the sine."""
        return self.apply("sin", self)

    def tanh(self) -> Self:
        """Returns the hyperbolic tangent."""
        return self.apply("tanh", self)
