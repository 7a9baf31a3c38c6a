"""Relevance judgements: which documents answer which queries, and how well."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from set_contrastive.base.errors import UserError

Indices = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Judgements:
    """Judged pairs of queries and documents.

    Queries without a relevant document say nothing of retrieval and are left out by
    the constructor `of_pairs`, which counts them.

    Attributes:
      query_ids: Names of the queries, `[Q]`.
      document_ids: Names of the documents that are judged, `[D]`.
      query: int64 `[P]`, place of each pair's query in `query_ids`.
      document: int64 `[P]`, place of each pair's document in `document_ids`.
      grade: float64 `[P]`, how relevant the document is.
      min_relevance: Grades from here on are relevant.
      queries_left_out: Queries that were judged and have no relevant document.
    """

    query_ids: tuple[str, ...]
    document_ids: tuple[str, ...]
    query: Indices
    document: Indices
    grade: FloatArray
    min_relevance: float = 1.0
    queries_left_out: int = 0

    @classmethod
    def of_pairs(
        cls,
        query_ids: Sequence[str],
        document_ids: Sequence[str],
        grades: Sequence[float],
        min_relevance: float = 1.0,
    ) -> "Judgements":
        """Builds judgements of one row for each pair.

        Args:
          query_ids: Name of each pair's query, `[P]`.
          document_ids: Name of each pair's document, `[P]`.
          grades: Grade of each pair, `[P]`.
          min_relevance: Grades from here on are relevant.

        Raises:
          UserError: If a pair is judged twice, or no pair is relevant.
        """
        queries, query = _numbered(query_ids)
        documents, document = _numbered(document_ids)
        grade = np.asarray(grades, np.float64)
        pairs = query * len(documents) + document
        _, first, counts = np.unique(pairs, return_index=True, return_counts=True)
        if (counts > 1).any():
            place = int(first[counts > 1][0])
            raise UserError(
                f"judgements must judge a pair once, {int((counts > 1).sum())} are "
                f"judged more often, such as {query_ids[place]} {document_ids[place]}"
            )
        relevant = grade >= min_relevance
        if not relevant.any():
            raise UserError(
                f"judgements must hold a relevant pair, none of {len(grade)} has a "
                f"grade of at least min_relevance={min_relevance:g}"
            )
        answered = np.unique(query[relevant])
        kept = np.isin(query, answered)
        return cls(
            tuple(queries[i] for i in answered),
            tuple(documents),
            np.searchsorted(answered, query[kept]),
            document[kept],
            grade[kept],
            min_relevance,
            len(queries) - len(answered),
        )

    def part(self, queries: Indices) -> "Judgements":
        """Returns the judgements of some queries.

        Args:
          queries: Their places, in order.
        """
        kept = np.isin(self.query, queries)
        return dataclasses.replace(
            self,
            query_ids=tuple(self.query_ids[i] for i in queries),
            query=np.searchsorted(queries, self.query[kept]),
            document=self.document[kept],
            grade=self.grade[kept],
        )

    @property
    def relevant(self) -> npt.NDArray[np.bool_]:
        """Whether each pair is relevant, `[P]`."""
        return self.grade >= self.min_relevance

    def relation(self) -> sparse.csr_array:
        """Returns which documents are relevant to each query, bool `[Q, D]`."""
        chosen = self.relevant
        shape = (len(self.query_ids), len(self.document_ids))
        ones = np.ones(int(chosen.sum()), np.bool_)
        return sparse.csr_array(
            (ones, (self.query[chosen], self.document[chosen])), shape
        )


def _numbered(names: Sequence[str]) -> tuple[list[str], Indices]:
    """Returns the distinct names in order of appearance, and the place of each."""
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return list(places), np.fromiter((places[n] for n in names), np.int64, len(names))
