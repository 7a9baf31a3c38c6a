"""Reverse mode on scalars: keep the program, then walk it backwards.

With `bar(v) = dy/dv`, and `bar(y) = 1`, each operation `v = f(a, b)` adds

    bar(a) += bar(v) df/da,    bar(b) += bar(v) df/db,

once all that uses v has been seen. One walk gives the derivatives of one result by all
inputs, so a Jacobian of m results takes m walks (Linnainmaa 1970; Griewank and Walther,
Evaluating Derivatives, 2008).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from set_contrastive.foundations.derivatives.elementary import Counter
from set_contrastive.foundations.derivatives.elementary import Differentiable


class Node(Differentiable):
    """A number that knows what it was made of.

    Args:
      value: The number.
      counter: Counts the work.
      operands: What it was made of; nothing for an input.
      partials: Its partial derivatives by those.
    """

    def __init__(
        self,
        value: float,
        counter: Counter,
        operands: Sequence[Node] = (),
        partials: Sequence[float] = (),
    ):
        self.value = value
        self.counter = counter
        self.operands = operands
        self.partials = partials

    def _made(self, value: float, operands: list[Node], partials: list[float]) -> Node:
        return Node(value, self.counter, operands, partials)


def in_order(result: Node) -> list[Node]:
    """Returns all that a result depends on, operands before what is made of them."""
    order: list[Node] = []
    seen: set[int] = set()
    waiting = [(result, False)]
    while waiting:  # No recursion, since a program may be longer than Python's stack.
        node, is_done = waiting.pop()
        if is_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.append((node, True))
            waiting += [(operand, False) for operand in node.operands]
    return order


def gradient(result: Node, inputs: Sequence[Node]) -> list[float]:
    """Returns the derivatives of a result by the inputs."""
    bars = {id(result): 1.0}
    for node in reversed(in_order(result)):
        bar = bars.get(id(node), 0.0)
        for operand, partial in zip(node.operands, node.partials, strict=True):
            bars[id(operand)] = bars.get(id(operand), 0.0) + bar * partial
            node.counter.products += 1
    return [bars.get(id(node), 0.0) for node in inputs]


def jacobian(
    function: Callable[[list[Any]], list[Any]], point: Sequence[float]
) -> tuple[list[list[float]], Counter, int]:
    """Returns the Jacobian `[m][n]` at a point, the work, and the numbers kept for it.

    Args:
      function: Takes a list of n numbers and returns a list of m.
      point: Where, n floats.
    """
    counter = Counter()
    inputs = [Node(value, counter) for value in point]
    results = function(inputs)
    rows = [gradient(result, inputs) for result in results]
    kept = {id(node) for result in results for node in in_order(result)}
    return rows, counter, len(kept)
