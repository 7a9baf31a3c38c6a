"""Judgements made small, exactly: what vectors cannot tell apart becomes one.

Documents that are relevant to the same queries may have the same vector, so they are
one column of the relation; all documents that are never relevant are one column as
well. Queries with the same relevant documents may have the same vector, so they are
one row, with their number as its weight. Whether vectors of a dimension exist that
rank every relevant document above all others does not change by this: vectors of the
small relation are vectors of the large one and the other way round.
"""

import dataclasses

import numpy as np
import numpy.typing as npt
from scipy import sparse

from set_contrastive.advisor.judgements import Judgements

Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, eq=False)
class Reduced:
    """A relation without repetition.

    Attributes:
      relation: Which columns are relevant to each row, bool `[R, C]`.
      weights: Queries of each row, int64 `[R]`.
      sizes: Documents of each column, int64 `[C]`.
      row_of_query: int64 `[Q]`.
      column_of_document: int64 `[D]`, of the judged documents.
      num_documents: All documents, judged or not.
      never_relevant: The column of documents that are never relevant, or -1.
    """

    relation: sparse.csr_array
    weights: Indices
    sizes: Indices
    row_of_query: Indices
    column_of_document: Indices
    num_documents: int
    never_relevant: int

    @property
    def num_rows(self) -> int:
        """Number of distinct rows."""
        return int(self.relation.shape[0])

    @property
    def num_columns(self) -> int:
        """Number of distinct columns."""
        return int(self.relation.shape[1])

    @property
    def max_relevant(self) -> int:
        """The most columns that are relevant to one row."""
        return int(np.diff(self.relation.indptr).max(initial=0))

    def mask(self, rows: Indices | None = None) -> Mask:
        """Returns rows as a bool array, all by default."""
        chosen = self.relation if rows is None else self.relation[rows]
        found: Mask = chosen.toarray().astype(np.bool_)
        return found


def reduce(judgements: Judgements, num_documents: int | None = None) -> Reduced:
    """Merges equal rows and equal columns.

    Args:
      judgements: The judgements.
      num_documents: All documents of the collection, those that are not judged
        included; by default the judged ones.
    """
    relation = judgements.relation()
    judged = relation.shape[1]
    total = max(judged, num_documents or 0)
    columns = relation.tocsc()
    columns.sort_indices()
    column_of_document, first_documents = _merge_equal(columns.indptr, columns.indices)
    small = columns[:, first_documents].tocsr()
    small.sort_indices()
    row_of_query, first_queries = _merge_equal(small.indptr, small.indices)
    small = small[first_queries]
    sizes = np.bincount(column_of_document, minlength=len(first_documents))
    empty = np.flatnonzero(np.diff(columns.indptr)[first_documents] == 0)
    never = int(empty[0]) if empty.size else -1
    if total > judged:
        if never < 0:
            never = len(sizes)
            sizes = np.append(sizes, 0)
            small = sparse.csr_array(
                (small.data, small.indices, small.indptr), (small.shape[0], len(sizes))
            )
        sizes[never] += total - judged
    return Reduced(
        small,
        np.bincount(row_of_query, minlength=len(first_queries)),
        sizes,
        row_of_query,
        column_of_document,
        total,
        never,
    )


def _merge_equal(indptr: Indices, indices: Indices) -> tuple[Indices, Indices]:
    """Returns the number of each list among the distinct ones, and their first places.

    Args:
      indptr: Where each list starts in `indices`, `[n + 1]`.
      indices: The lists, one behind the other, each in order.
    """
    numbers: dict[bytes, int] = {}
    found = np.empty(len(indptr) - 1, np.int64)
    first: list[int] = []
    for place, (start, stop) in enumerate(zip(indptr, indptr[1:], strict=False)):
        name = indices[start:stop].tobytes()
        number = numbers.setdefault(name, len(numbers))
        if number == len(first):
            first.append(place)
        found[place] = number
    return found, np.array(first, np.int64)
