"""What an encoder's vectors retrieve when they are made smaller, a cell each."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from set_contrastive.advisor import precisions
from set_contrastive.advisor import reductions
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.advisor.measures import Evaluator
from set_contrastive.advisor.measures import Measure
from set_contrastive.advisor.measures import Ranking
from set_contrastive.advisor.reductions import Reduction

FloatArray = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, eq=False)
class Cell:
    """One reduction to one dimension in one precision.

    Attributes:
      values: What the measure gives each query, `[Q]`.
      bytes_per_document: Of a document's vector.
      ms_per_query: What an exact scan takes; see `scan_time`.
    """

    values: FloatArray
    bytes_per_document: int
    ms_per_query: float


@dataclasses.dataclass(frozen=True, eq=False)
class Collection:
    """An encoder's vectors, and how it is measured what they retrieve.

    Attributes:
      judgements: Which documents are relevant to which queries.
      measure: What counts.
      queries: Vectors `[Q, D]` of `judgements.query_ids`, in that order.
      documents: Vectors `[N, D]` of all documents; may be mapped from a file.
      document_ids: Their names, `[N]`: documents that are not judged among them.
        Documents that are judged and have no vector are never retrieved.
      unjudged: Whether documents that were not judged for a query count as not
        relevant, or are left out of its ranking, which then holds all that were.
      threads: Threads of faiss while time is taken.
    """

    judgements: Judgements
    measure: Measure
    queries: reductions.Vectors
    documents: reductions.Vectors
    document_ids: Sequence[str]
    unjudged: Literal["negative", "ignored"] = "negative"
    threads: int = 1

    @functools.cached_property
    def reducer(self) -> reductions.Reducer:
        """Fits reductions to the documents."""
        return reductions.Reducer(self.documents)

    @functools.cached_property
    def evaluator(self) -> Evaluator:
        """Computes the measure."""
        return Evaluator([self.measure], self.judgements)

    @functools.cached_property
    def places(self) -> Indices:
        """Row of each judged document in `documents`, or -1, `[D']`."""
        numbers = {name: i for i, name in enumerate(self.judgements.document_ids)}
        found = np.full(len(numbers), -1, np.int64)
        for place, name in enumerate(self.document_ids):
            number = numbers.get(str(name))
            if number is not None:
                found[number] = place
        return found

    def relation(self) -> sparse.csr_array:
        """Returns which documents with vectors are relevant, bool `[Q, N]`."""
        pairs = self.judgements.relation().tocoo()
        document = self.places[pairs.col]
        known = document >= 0
        shape = (len(self.queries), len(self.documents))
        return sparse.csr_array(
            (pairs.data[known], (pairs.row[known], document[known])), shape
        )

    def measured(self, rankings: Mapping[str, Ranking]) -> FloatArray:
        """Returns the value of each query, `[Q]`; 0 for those without a ranking."""
        values: FloatArray = self.evaluator(rankings)[0]
        return values


def measure_cell(
    collection: Collection, name: str, precision: str, dim: int, seeds: int = 3
) -> Cell:
    """Measures vectors that are shortened without training.

    Args:
      collection: The vectors and the judgements.
      name: One of `reductions.REDUCTIONS`.
      precision: One of `precisions.PRECISIONS`.
      dim: Coordinates.
      seeds: Choices of coordinates over which `random` is the mean.

    Raises:
      UserError: If there is no such reduction or precision, or vectors have fewer
        coordinates.
    """
    drawings = range(seeds if name == "random" else 1)
    cells = [
        measure(collection, collection.reducer.fit(name, dim, seed), precision)
        for seed in drawings
    ]
    return Cell(
        np.mean([cell.values for cell in cells], axis=0),
        cells[0].bytes_per_document,
        float(np.mean([cell.ms_per_query for cell in cells])),
    )


def measure(
    collection: Collection,
    reduction: Reduction,
    precision: str,
    rows: Indices | None = None,
) -> Cell:
    """Measures vectors that a reduction shortens.

    Args:
      collection: The vectors and the judgements.
      reduction: What shortens them.
      precision: One of `precisions.PRECISIONS`.
      rows: Queries that are measured, all by default; values are theirs.
    """
    if rows is None:
        rows = np.arange(len(collection.queries))
    index = precisions.Index(
        precision,
        lambda: map(reduction.documents, reductions.blocks(collection.documents)),
    )
    queries = reduction.queries(collection.queries[rows])
    if collection.unjudged == "ignored":
        rankings = _judged(collection, index, queries, rows)
    else:
        rankings = _best(collection, index, queries, rows)
    depth = collection.measure.depth
    return Cell(
        collection.measured(rankings)[rows],
        precisions.bytes_per_document(precision, reduction.dim),
        index.ms_per_query(queries, depth, collection.threads),
    )


def _best(
    collection: Collection, index: precisions.Index, queries: Float32, rows: Indices
) -> dict[str, Ranking]:
    """Returns the best of all documents of each query."""
    scores, documents = index.search(queries, collection.measure.depth)
    names = collection.document_ids
    return {
        collection.judgements.query_ids[row]: dict(
            zip(map(names.__getitem__, found.tolist()), of_row.tolist(), strict=True)
        )
        for row, found, of_row in zip(rows.tolist(), documents, scores, strict=True)
    }


def _judged(
    collection: Collection, index: precisions.Index, queries: Float32, rows: Indices
) -> dict[str, Ranking]:
    """Returns the judged documents of each query, whatever their rank among all."""
    judgements = collection.judgements
    place_of_row = np.full(len(judgements.query_ids), -1, np.int64)
    place_of_row[rows] = np.arange(len(rows))
    query = place_of_row[judgements.query]
    document = collection.places[judgements.document]
    chosen = (query >= 0) & (document >= 0)
    scores = index.pair_scores(queries, query[chosen], document[chosen])
    rankings: dict[str, dict[str, float]] = {}
    for row, number, score in zip(
        judgements.query[chosen].tolist(),
        judgements.document[chosen].tolist(),
        scores.tolist(),
        strict=True,
    ):
        name = judgements.document_ids[number]
        rankings.setdefault(judgements.query_ids[row], {})[name] = score
    return dict(rankings)
