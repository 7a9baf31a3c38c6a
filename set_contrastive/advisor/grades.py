"""In how many dimensions vectors rank by grade, for measures that tell grades apart.

Free vectors are fitted to what is relevant and what is not, so that a measure that
tells grades apart may miss something of them although better vectors exist: these are
known by proof from a dimension on. With k the most documents of a positive grade in a
query, D documents and Q queries, all grades can be ranked in any of

* `2 k` dimensions. On the moment curve (free_vectors/moment_curve.py) the trigonometric
  polynomial `-p` of degree k is 0 on a query's documents and negative on all others.
  Another, r, of degree at most k takes the grades as its values at these k places. For
  a small enough eps, `-p + eps r` ranks them by grade, and all others behind;
* `D - 1` dimensions: the corners of a simplex, on which any scores may be had;
* `Q` dimensions: a document's vector says its grade for each query.
"""

import numpy as np
import numpy.typing as npt

from set_contrastive.advisor.judgements import Judgements
from set_contrastive.advisor.measures import Measure
from set_contrastive.advisor.measures import Ranking

_SAME = 1e-9


def sufficient_dim(
    judgements: Judgements, measure: Measure, num_documents: int
) -> int | None:
    """Returns a dimension in which vectors exist whose measure is the best possible.

    None where the measure tells no grades apart that matter here: then all vectors that
    rank the relevant documents first are as good.

    Args:
      judgements: The judgements.
      measure: What counts.
      num_documents: All documents, those that are not judged included.
    """
    grade = judgements.grade
    best = _value(judgements, measure, grade, grade > 0)
    if _value(judgements, measure, -grade, judgements.relevant) >= best - _SAME:
        return None
    # Grades that are not relevant have their gain too.
    most = int(np.bincount(judgements.query[grade > 0]).max())
    return min(2 * most, num_documents - 1, len(judgements.query_ids))


def _value(
    judgements: Judgements,
    measure: Measure,
    scores: npt.NDArray[np.float64],
    chosen: npt.NDArray[np.bool_],
) -> float:
    """Returns the measure's mean if chosen pairs are ranked by scores, and no others.

    What is not ranked stands as if behind any number of documents without a judgement.
    """
    rankings: dict[str, Ranking] = {}
    for query, document, score in zip(
        judgements.query[chosen].tolist(),
        judgements.document[chosen].tolist(),
        scores[chosen].tolist(),
        strict=True,
    ):
        ranking = rankings.setdefault(judgements.query_ids[query], {})
        ranking[judgements.document_ids[document]] = score
    return float(measure.of(judgements, rankings).mean())
