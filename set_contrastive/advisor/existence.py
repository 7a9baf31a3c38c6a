"""The least dimension in which vectors retrieve the judgements: what is known of it.

Vectors *exist* in dimension d if some rank every relevant document above all others.
An upper bound comes with such vectors, scored again:

* on the moment curve, `2 k` dimensions, k being the most relevant columns of a row
  (free_vectors/moment_curve.py);
* `C - 1` dimensions: the corners of a simplex;
* `R` dimensions: a document's vector says to which rows it is relevant;
* search: vectors trained in fewer dimensions (vectors/training.py).

The lower bounds are those of lower_bounds.py. What lies between is unknown.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import linalg

from set_contrastive.advisor import lower_bounds
from set_contrastive.advisor import retrieval
from set_contrastive.advisor.relation import Reduced
from set_contrastive.free_vectors import moment_curve
from set_contrastive.free_vectors import training

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating]

# Entries of a relation that is written down as a whole.
_LARGEST_MASK = 200_000_000
# Entries of a witness at most; larger ones are only known to exist.
_LARGEST_WITNESS = 50_000_000
# Larger relations are not searched here, which would take minutes: what training
# reaches (reached.py) is taken as a witness too.
_LARGEST_SEARCH = 60_000
_SEARCH = training.Settings(
    objective="ranking", max_steps=1500, learning_rate=0.1, dtype="float32"
)


@dataclasses.dataclass(frozen=True, eq=False)
class Witness:
    """Vectors that retrieve a relation, or as much of it as was found.

    Attributes:
      method: How they were found.
      rows: Vectors of the rows, `[R, d]`.
      columns: Vectors of the columns, `[C, d]`.
    """

    method: str
    rows: Floats
    columns: Floats

    @property
    def dim(self) -> int:
        """Dimension of the vectors."""
        return int(self.rows.shape[1])

    def retrieves(self, mask: Mask) -> bool:
        """Whether all rows have their columns ahead, in the vectors' own precision."""
        return bool((retrieval.gaps(self.rows @ self.columns.T, mask) > 0).all())

    def rounded(self, mask: Mask) -> "Witness | None":
        """Returns the witness in float32, or float64 if need be; None if it fails."""
        for kind in (np.float32, np.float64):
            rounded = Witness(
                self.method, self.rows.astype(kind), self.columns.astype(kind)
            )
            if rounded.retrieves(mask):
                return rounded
        return None


@dataclasses.dataclass(frozen=True, eq=False)
class Existence:
    """Bounds of the least dimension in which vectors exist.

    Attributes:
      lower: No vectors of a smaller dimension exist.
      lower_reason: Why.
      upper: Vectors of this dimension exist, by proof; the witness may need more.
      upper_reason: Why.
      witness: Such vectors; None if they would be too large or lie beyond float64.
    """

    lower: int
    lower_reason: str
    upper: int
    upper_reason: str
    witness: Witness | None

    def improved(self, witness: Witness) -> "Existence":
        """Returns the same with a witness of fewer dimensions."""
        reason = self.upper_reason
        if witness.dim < self.upper:
            reason = f"{witness.method}, scored again"
        return dataclasses.replace(
            self,
            upper=min(self.upper, witness.dim),
            upper_reason=reason,
            witness=witness,
        )


def of_reduced(
    reduced: Reduced, any_unjudged: bool = False, part: Reduced | None = None
) -> Existence:
    """Bounds the least dimension of a relation.

    Args:
      reduced: The relation.
      any_unjudged: Whether documents that were not judged may be ranked anywhere. The
        upper bound then asks for more than it must, and the lower bound is trivial.
      part: Some of its rows, which the lower bound is taken of where the whole is too
        large to be written down; what they need, the whole needs. There is no witness
        then.
    """
    known = sorted(_constructions(reduced), key=lambda one: one.dim)
    upper, reason = known[0].dim, known[0].reason
    is_large = reduced.num_rows * reduced.num_columns > _LARGEST_MASK
    mask = (part if is_large and part is not None else reduced).mask()
    if any_unjudged:
        lower, lower_reason = 1, "documents that were not judged may be anywhere"
    else:
        lower, lower_reason = lower_bounds.of_relation(mask)
    if is_large:
        return Existence(lower, lower_reason, upper, reason, None)
    # The smallest that can be written down: others are known to exist, no more.
    made = (one.witness(mask) for one in known)
    witness = next((found for found in made if found is not None), None)
    bounds = Existence(lower, lower_reason, upper, reason, witness)
    found = search(mask, reduced.weights, lower, witness.dim if witness else upper)
    return bounds.improved(found) if found is not None else bounds


@dataclasses.dataclass(frozen=True)
class _Construction:
    """Vectors that are known to retrieve any relation of this size.

    Attributes:
      dim: Their dimension.
      reason: Why they retrieve it.
      make: Makes the vectors of rows and columns from the mask.
    """

    dim: int
    reason: str
    make: Callable[[Mask], tuple[Floats, Floats]]

    def witness(self, mask: Mask) -> Witness | None:
        """Returns the vectors, unless they are too large or lie beyond float64."""
        if sum(mask.shape) * self.dim > _LARGEST_WITNESS:
            return None
        return Witness(self.reason, *self.make(mask)).rounded(mask)


def _constructions(reduced: Reduced) -> list[_Construction]:
    rows, columns = reduced.num_rows, reduced.num_columns
    sizes = np.diff(reduced.relation.indptr)
    most = int(np.minimum(sizes, columns - sizes).max(initial=0))
    if most == 0:
        reason = "every document is relevant to every query"
        return [_Construction(1, reason, lambda mask: _ones(mask.shape))]
    return [
        _Construction(
            moment_curve.sufficient_dim(most),
            f"moment curve, 2 k for at most k = {most} columns of a row",
            lambda mask: _on_moment_curve(mask, most),
        ),
        _Construction(
            columns - 1, f"simplex of {columns} distinct columns, less one", _simplex
        ),
        _Construction(
            rows,
            f"a coordinate for each of {rows} distinct rows",
            lambda mask: (np.eye(rows), mask.T.astype(np.float64)),
        ),
    ]


def _ones(shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    rows, columns = shape
    return np.ones((rows, 1)), np.ones((columns, 1))


def _on_moment_curve(mask: Mask, most: int) -> tuple[Floats, Floats]:
    """Returns unit vectors: a row of many columns is the opposite of its others."""
    sizes, columns = mask.sum(axis=1), mask.shape[1]
    is_small = (sizes <= most)[:, None]
    few = np.where(is_small, mask, ~mask)
    few[sizes == columns] = np.arange(columns) < 1  # Whatever: no column is outside.
    rows = moment_curve.queries(few, most) * np.where(is_small, 1, -1)
    return rows, moment_curve.keys(columns, most)


def _simplex(mask: Mask) -> tuple[Floats, Floats]:
    """Returns the corners of a regular simplex and the sums of those of each row."""
    corners = linalg.helmert(mask.shape[1]).T
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    return mask @ corners, corners


def search(
    mask: Mask, weights: npt.NDArray[np.integer], lower: int, upper: int
) -> Witness | None:
    """Looks for vectors of fewer dimensions by training them.

    Doubles the dimension from the lower bound, then halves the interval. What training
    misses may exist: the result bounds from above only.

    Args:
      mask: The relation, bool `[R, C]`.
      weights: Queries of each row, `[R]`.
      lower: Smallest dimension to look at.
      upper: A dimension that is known to suffice.
    """
    full = mask.all(axis=1)
    asked, counted = mask[~full], weights[~full]
    best: Witness | None = None
    low, high, dim = lower, upper, lower
    if asked.size > _LARGEST_SEARCH:
        return None
    while low < high:
        found = training.train(asked, dim, _SEARCH, dim, counted / counted.sum())
        rows = np.zeros((len(mask), dim), np.float32)
        rows[~full] = found.queries
        witness = Witness("search", rows, found.keys).rounded(mask)
        if witness is None:
            low = dim + 1
        else:
            best, high = witness, dim
        dim = (low + high) // 2 if best else min(2 * dim, high - 1)
        dim = max(dim, low)
    return best
