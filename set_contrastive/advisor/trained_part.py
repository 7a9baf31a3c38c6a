"""The queries whose free vectors are trained, and how these are measured."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from set_contrastive.advisor import measures
from set_contrastive.advisor import relation
from set_contrastive.advisor.columns import ColumnRanker
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.advisor.measures import Measure
from set_contrastive.advisor.relation import Reduced

FloatArray = npt.NDArray[np.float64]

# Free vectors are trained on no more scores than this; queries are drawn until then.
_LARGEST_RELATION = 4_000_000


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedPart:
    """Queries whose free vectors are trained: all of them, or as many as there is time.

    Attributes:
      queries: Their places among all queries, `[q]`.
      is_whole: Whether they are all queries.
      judgements: Theirs.
      reduced: Their relation, without repetition.
      mask: The same as an array, bool `[R, C]`.
      ranker: Makes rankings of scores.
      evaluator: Computes the measure and nDCG@10.
    """

    queries: npt.NDArray[np.int64]
    is_whole: bool
    judgements: Judgements
    reduced: Reduced
    mask: npt.NDArray[np.bool_]
    ranker: ColumnRanker
    evaluator: measures.Evaluator

    @classmethod
    def of(
        cls,
        judgements: Judgements,
        reduced: Reduced,
        counted: Sequence[Measure],
        judged_only: bool,
    ) -> "TrainedPart":
        """Draws queries until their relation has as many entries as it may.

        Args:
          judgements: All judgements.
          reduced: Their rows and columns.
          counted: What counts, and nDCG@10.
          judged_only: Whether documents that were not judged are left out of a ranking.
        """
        whole, everything = reduced, judgements
        count = len(judgements.query_ids)
        order = np.random.default_rng(0).permutation(count)
        while reduced.num_rows * reduced.num_columns > _LARGEST_RELATION:
            share = _LARGEST_RELATION / (reduced.num_rows * reduced.num_columns)
            count = max(1, min(count - 1, int(count * share**0.5)))
            judgements = everything.part(np.sort(order[:count]))
            reduced = relation.reduce(judgements, whole.num_documents)
        depth = max(measure.depth for measure in counted)
        return cls(
            np.sort(order[:count]),
            reduced is whole,
            judgements,
            reduced,
            reduced.mask(),
            ColumnRanker(judgements, reduced, depth, judged_only),
            measures.Evaluator(counted, judgements),
        )

    def measure(
        self, scores: npt.NDArray[np.floating], by_query: bool = False
    ) -> tuple[FloatArray, FloatArray]:
        """Returns measure and nDCG@10 of each query, `[q]`.

        Args:
          scores: Of each row's columns, `[R, C]`, or of each query's, `[q, C]`.
          by_query: Whether they are each query's.
        """
        value, ndcg = self.evaluator(self.ranker(scores, by_query))
        return value, ndcg
