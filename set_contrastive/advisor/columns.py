"""Rankings of documents from scores of the columns that they were merged into."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from set_contrastive.advisor.judgements import Judgements
from set_contrastive.advisor.measures import Ranking
from set_contrastive.advisor.relation import Reduced


class ColumnRanker:
    """Expands ranked columns to ranked documents, as deep as a measure looks.

    Documents of a column have the same score for every query, so it does not matter
    in which order they stand, except for measures that tell grades apart.

    Args:
      judgements: The judgements.
      reduced: Their rows and columns.
      depth: Documents of a ranking.
      judged_only: Whether documents that were not judged for a query are left out of
        its ranking.
    """

    def __init__(
        self,
        judgements: Judgements,
        reduced: Reduced,
        depth: int,
        judged_only: bool = False,
    ) -> None:
        self._judgements = judgements
        self._judged_only = judged_only
        self._column_of_document = reduced.column_of_document
        self._queries = judgements.query_ids
        self._row_of_query = reduced.row_of_query
        self._depth = depth
        self._documents: list[list[str]] = [[] for _ in range(reduced.num_columns)]
        for document, column in enumerate(reduced.column_of_document.tolist()):
            self._documents[column].append(judgements.document_ids[document])
        if reduced.never_relevant >= 0:
            others = self._documents[reduced.never_relevant]
            missing = int(reduced.sizes[reduced.never_relevant]) - len(others)
            # Names that no judgement has (NUL would end one in pytrec_eval). More than
            # `depth` of them are never seen.
            others += [f"\x1f{i}" for i in range(min(missing, depth))]

    def __call__(
        self, scores: npt.NDArray[np.floating], by_query: bool = False
    ) -> Mapping[str, Ranking]:
        """Returns the ranking of each query.

        Args:
          scores: Of each row's columns, `[R, C]`, or of each query's, `[Q, C]`.
          by_query: Whether they are each query's.
        """
        row_of_query = np.arange(len(scores)) if by_query else self._row_of_query
        if self._judged_only:
            return self._judged(scores, row_of_query)
        deepest = min(self._depth, scores.shape[1])
        best = np.argpartition(-scores, deepest - 1, axis=1)[:, :deepest]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable")
        best = np.take_along_axis(best, order, axis=1)
        rows = [self._ranking(columns, scores[row]) for row, columns in enumerate(best)]
        return {
            query: rows[row]
            for query, row in zip(self._queries, row_of_query.tolist(), strict=True)
        }

    def _judged(
        self,
        scores: npt.NDArray[np.floating],
        row_of_query: npt.NDArray[np.int64],
    ) -> Mapping[str, dict[str, float]]:
        pairs = self._judgements
        rows = row_of_query[pairs.query]
        of_pairs = scores[rows, self._column_of_document[pairs.document]]
        found: dict[str, dict[str, float]] = {query: {} for query in self._queries}
        for query, document, score in zip(
            pairs.query.tolist(),
            pairs.document.tolist(),
            of_pairs.tolist(),
            strict=True,
        ):
            found[self._queries[query]][pairs.document_ids[document]] = score
        return found

    def _ranking(
        self, columns: npt.NDArray[np.intp], scores: npt.NDArray[np.floating]
    ) -> Ranking:
        found: dict[str, float] = {}
        for column in columns.tolist():
            found.update(dict.fromkeys(self._documents[column], float(scores[column])))
            if len(found) >= self._depth:
                break
        return found
