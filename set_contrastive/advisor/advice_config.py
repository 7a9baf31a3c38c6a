"""What `advise` is asked to do."""

import dataclasses
import math
from typing import Literal

from set_contrastive.base.errors import UserError


@dataclasses.dataclass(frozen=True)
class AdviceConfig:
    """Judgements, vectors, and how they are measured.

    Raises:
      UserError: If a number is out of range, or what belongs together is not there.
    """

    # Folder of advice.json, tables, pictures, index.html and witness.npz. A stopped
    # command goes on from what is there.
    output: str = "advice"
    # Relevance judgements: TREC qrels, a BEIR folder or TSV, JSONL, CSV or Parquet; the
    # example that ships with the project unless it or a game is given.
    judgements: str | None = None
    # Take the judgements from a game in place of a file: its name, or
    # package.module:factory for one of your own.
    game: str | None = None
    # Queries that are drawn of a game that does not list its own.
    num_queries: int = 1000
    # Vectors of the queries: .npz with ids and vectors, .npy beside a file of ids, or
    # Parquet. Without vectors, what the judgements alone can tell is answered.
    query_vectors: str | None = None
    # Vectors of the documents, in the same forms.
    document_vectors: str | None = None
    # What counts, by the names of ir-measures: R@10 (also recall@10), nDCG@10, RR@10;
    # by default R@10, and R@2 for the example.
    measure: str | None = None
    # How much of the measure may be lost to save bytes.
    tolerance: float = 0.01
    # Dimensions to look at; by default powers of two, and that of the vectors.
    dims: tuple[int, ...] = ()
    # Train, beside single free vectors, free vectors of which a document has so many,
    # such as 2,4, and the closest to a query's counts; dimensions are those of each.
    vectors_per_document: tuple[int, ...] = ()
    # Seeds of trainings and of random coordinates, 0 and up.
    seeds: int = 3
    # Folds of the queries: what is learned from queries is measured on others.
    folds: int = 5
    # Grades from here on are relevant; above 0, as measures give 0 no gain.
    min_relevance: float = 1.0
    # What documents are that were not judged for a query: not relevant, or left out of
    # its ranking.
    unjudged: Literal["negative", "ignored"] = "negative"
    # A ranking in TREC's form, of a reranker such as a cross-encoder, to compare with.
    runs: str | None = None
    # Where the work is done: processes of this machine, or tasks of a Ray cluster.
    engine: Literal["local", "ray"] = "local"
    # Processes at a time with engine=local; one for each core by default.
    parallel: int | None = None
    # Address of the Ray cluster; auto for one started here.
    ray_address: str = "auto"

    def __post_init__(self) -> None:
        lowest = {"num_queries": 1, "seeds": 1, "folds": 2, "parallel": 1}
        for name, least in lowest.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise UserError(f"{name} must be at least {least}, got {value}")
        if not 0 <= self.tolerance <= 1:
            raise UserError(f"tolerance must be 0 to 1, got {self.tolerance}")
        if not 0 < self.min_relevance < math.inf:
            raise UserError(
                "min_relevance must be a finite number above 0, as measures give grade "
                f"0 no gain, got {self.min_relevance:g}"
            )
        for dim in self.dims:
            if dim < 1:
                raise UserError(f"dims must be at least 1, got {dim}")
        for place, number in enumerate(self.vectors_per_document):
            if number < 1:
                raise UserError(
                    f"vectors_per_document must be at least 1, got {number}"
                )
            if number in self.vectors_per_document[:place]:
                raise UserError(
                    f"vectors_per_document must not repeat a number, got {number} twice"
                )
        if self.judgements and self.game:
            raise UserError("judgements and game must not both be given")
        if (self.query_vectors is None) != (self.document_vectors is None):
            raise UserError(
                "query_vectors and document_vectors must be given together, got one"
            )
        if self.query_vectors and not (self.judgements or self.game):
            raise UserError("query_vectors needs judgements, got none")
        if self.runs and not (self.judgements or self.game):
            raise UserError("runs needs judgements, got none")
