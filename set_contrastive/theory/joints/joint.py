"""Joint distributions of two variables, and what can be said of them exactly."""

import dataclasses
import functools

import numpy as np
from scipy import sparse

from set_contrastive.base.arrays import FloatArray
from set_contrastive.base.arrays import IntArray


@dataclasses.dataclass(frozen=True, eq=False)
class Joint:
    """A joint distribution of X and Y, all of whose values occur.

    Attributes:
      name: Its name.
      p: `p(x, y)`, float64 `[X, Y]`, sums to one.
      x_values: The values of X, in the order of the rows.
      y_values: The values of Y, in the order of the columns.
      x_label: What X is.
      y_label: What Y is.
      note: What one should know of where it comes from.
    """

    name: str
    p: FloatArray
    x_values: tuple[int, ...]
    y_values: tuple[int, ...]
    x_label: str = "x"
    y_label: str = "y"
    note: str = ""

    def __post_init__(self) -> None:
        shape = (len(self.x_values), len(self.y_values))
        if self.p.shape != shape:
            raise ValueError(f"p must have shape {shape}, got {self.p.shape}")
        if self.p.min() < 0 or not np.isclose(self.p.sum(), 1):
            raise ValueError("p must be probabilities that sum to one")
        if not (self.p.any(axis=0).all() and self.p.any(axis=1).all()):
            raise ValueError("every value of X and Y must occur")

    @functools.cached_property
    def independent(self) -> FloatArray:
        """The product of the marginals, `p(x) p(y)`, `[X, Y]`."""
        product: FloatArray = np.outer(self.p.sum(axis=1), self.p.sum(axis=0))
        return product

    @functools.cached_property
    def ratio(self) -> FloatArray:
        """The density ratio `p(x, y) / (p(x) p(y))`, `[X, Y]`, 0 where p is 0."""
        return self.p / self.independent

    @functools.cached_property
    def pmi(self) -> FloatArray:
        """Pointwise mutual information, the log of the ratio, nats; -inf where p is 0.

        Source: Fano, "Transmission of Information" (1961).
        """
        with np.errstate(divide="ignore"):
            logs: FloatArray = np.log(self.ratio)
        return logs

    @functools.cached_property
    def components(self) -> IntArray:
        """Number of the connected component of each cell `[X, Y]`, -1 between two.

        Values of X and Y are the nodes of a graph with an edge where `p(x, y) > 0`.
        Both conditionals determine the joint up to a factor for each component.
        """
        x, y = np.nonzero(self.p)
        num_x, size = len(self.x_values), len(self.x_values) + len(self.y_values)
        graph = sparse.coo_array((self.p[x, y], (x, num_x + y)), (size, size))
        _, labels = sparse.csgraph.connected_components(graph, directed=False)
        rows, columns = labels[:num_x, None], labels[num_x:]
        return np.where(rows == columns, rows, -1).astype(np.int64)

    @property
    def num_components(self) -> int:
        """Number of connected components."""
        return int(self.components.max()) + 1
