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
    in which order they stand, except for measures that tell grades apart. Those that
    are relevant to one query only stand in the order of its grades: to move their
    vectors a little along the query's puts them in it, whatever the dimension. Others
    tie.

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
            # Names that no judgement has (NUL would end one in pytrec_eval).
            others += [f"\x1f{i}" for i in range(min(missing, depth))]
        self._documents = [self._seen(documents) for documents in self._documents]
        self._graded = self._by_grade(reduced)

    def _seen(self, documents: list[str]) -> list[str]:
        """Returns what a measure can see of documents that tie.

        Deep pools judge thousands of documents that are relevant to nobody. Ties are
        broken by names, up or down as the measure has it, so both ends are kept.
        """
        if len(documents) <= 2 * self._depth:
            return documents
        ordered = sorted(documents)
        return ordered[: self._depth] + ordered[-self._depth :]

    def _by_grade(self, reduced: Reduced) -> dict[int, list[list[str]]]:
        """Returns columns of one query whose grades differ, as documents of a grade."""
        pairs = self._judgements
        chosen = pairs.relevant
        count = np.bincount(pairs.document[chosen], minlength=len(pairs.document_ids))
        grade = np.zeros(len(count))
        grade[pairs.document[chosen]] = pairs.grade[chosen]
        found: dict[int, dict[float, list[str]]] = {}
        for place in np.flatnonzero(count == 1).tolist():
            column = int(reduced.column_of_document[place])
            same = found.setdefault(column, {}).setdefault(float(grade[place]), [])
            same.append(pairs.document_ids[place])
        return {
            column: [
                self._seen(by_grade[value]) for value in sorted(by_grade, reverse=True)
            ]
            for column, by_grade in found.items()
            if len(by_grade) > 1
        }

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
        if not self._graded.keys().isdisjoint(columns.tolist()):
            return self._graded_ranking(columns, scores)
        found: dict[str, float] = {}
        for column in columns.tolist():
            found.update(dict.fromkeys(self._documents[column], float(scores[column])))
            if len(found) >= self._depth:
                break
        return found

    def _graded_ranking(
        self, columns: npt.NDArray[np.intp], scores: npt.NDArray[np.floating]
    ) -> Ranking:
        """Returns a ranking by whole numbers: scores may leave no room between them."""
        values = scores[columns]
        differs = np.concatenate([[True], values[1:] != values[:-1], [True]])
        found: dict[str, float] = {}
        level = 0.0
        for place, column in enumerate(columns.tolist()):
            level -= differs[place]
            groups = [self._documents[column]]
            if differs[place] and differs[place + 1]:  # Columns that tie stay so.
                groups = self._graded.get(column, groups)
            for number, group in enumerate(groups):
                level -= number > 0
                found.update(dict.fromkeys(group, float(level)))
            if len(found) >= self._depth:
                break
        return found
