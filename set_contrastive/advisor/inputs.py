"""What an advice follows from: judgements, vectors and rankings, read and checked."""

import dataclasses
import functools
import math
import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt

from set_contrastive.advisor import folds
from set_contrastive.advisor import judgement_files
from set_contrastive.advisor import measures
from set_contrastive.advisor import relation
from set_contrastive.advisor import run_files
from set_contrastive.advisor import vector_arrays
from set_contrastive.advisor import vector_files
from set_contrastive.advisor.advice_config import AdviceConfig
from set_contrastive.advisor.encoder_cells import Collection
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.advisor.measures import Measure
from set_contrastive.advisor.relation import Reduced
from set_contrastive.advisor.trained_part import TrainedPart
from set_contrastive.base import store
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games import splits

# A link to examples/limit_small, so that an installed package has the files too.
_EXAMPLE = pathlib.Path(__file__).parent / "example"
_NOT_OF_CELLS = "output engine parallel ray_address dims tolerance runs".split()
_NOT_OF_CELLS.append("vectors_per_document")
_DEFAULT_DIMS = (2, 4, 8, 16, 32, 64, 128, 256, 512)


def with_defaults(config: AdviceConfig) -> AdviceConfig:
    """Returns the configuration with what follows from other fields filled in.

    Raises:
      UserError: If the example is asked for and is not there.
    """
    if config.judgements or config.game:
        return dataclasses.replace(config, measure=config.measure or "R@10")
    if not _EXAMPLE.exists():
        raise UserError(
            f"judgements must be given (--judgements), as the example is not installed "
            f"at {_EXAMPLE}"
        )
    return dataclasses.replace(
        config,
        judgements=str(_EXAMPLE / "qrels.jsonl"),
        query_vectors=str(_EXAMPLE / "queries.npz"),
        document_vectors=str(_EXAMPLE / "documents.npz"),
        measure=config.measure or "R@2",
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Inputs:
    """All that was read.

    Attributes:
      config: What was asked for.
      judgements: Which documents are relevant to which queries.
      measure: What counts.
      collection: Vectors of queries and documents, if they were given.
      runs: A ranking to compare with, if it was given.
    """

    config: AdviceConfig
    judgements: Judgements
    measure: Measure
    collection: Collection | None
    runs: dict[str, dict[str, float]] | None

    @functools.cached_property
    def reduced(self) -> Reduced:
        """The relation without repetition."""
        documents = None
        if self.collection is not None:
            unjudged = len(self.collection.documents) - len(self._judged_vectors)
            documents = len(self.judgements.document_ids) + unjudged
        return relation.reduce(self.judgements, documents)

    @functools.cached_property
    def trained(self) -> TrainedPart:
        """The part of the relation that free vectors are trained on."""
        return TrainedPart.of(
            self.judgements,
            self.reduced,
            (self.measure, self.ndcg),
            self.config.unjudged == "ignored",
        )

    @property
    def ndcg(self) -> Measure:
        """The measure that free vectors are told by beside the one that counts."""
        return measures.parse("nDCG@10", self.config.min_relevance)

    @property
    def free_dims(self) -> tuple[int, ...]:
        """Dimensions of free vectors: those of the vectors are among them."""
        dims = set(self.config.dims or _DEFAULT_DIMS)
        return tuple(sorted(dims | set(self.vector_dims)))

    @property
    def vector_dims(self) -> tuple[int, ...]:
        """Dimensions that the vectors are reduced to, their own one last."""
        if self.collection is None:
            return ()
        own = self.collection.documents.shape[1]
        dims = {d for d in self.config.dims or _DEFAULT_DIMS if d <= own}
        return tuple(sorted(dims | {own}))

    @property
    def _judged_vectors(self) -> npt.NDArray[np.int64]:
        assert self.collection is not None
        found: npt.NDArray[np.int64] = self.collection.places
        return found[found >= 0]


@functools.lru_cache(maxsize=1)
def load(config: AdviceConfig) -> Inputs:
    """Reads and checks everything, once in each process.

    Args:
      config: With defaults filled in.

    Raises:
      UserError: If anything is not as it should be.
    """
    measure = measures.parse(config.measure or "R@10", config.min_relevance)
    judgements = _judgements(config)
    measures.check(measure, judgements)
    folds.split(len(judgements.query_ids), config.folds, 0)  # Fewer queries than folds.
    collection = _collection(config, judgements, measure)
    own = collection.documents.shape[1] if collection is not None else math.inf
    for dim in config.dims:
        if dim > own:
            raise UserError(
                f"dims must be at most {own}, the dimension of the vectors, got {dim}"
            )
    path = pathlib.Path(config.runs) if config.runs else None
    runs = run_files.read(path, judgements) if path else None
    if runs and config.unjudged == "ignored":  # As the vectors' rankings are.
        runs = run_files.judged_only(runs, judgements)
    return Inputs(config, judgements, measure, collection, runs)


def fingerprint(config: AdviceConfig) -> dict[str, Any]:
    """Returns what cells follow from beside their names: options, digests of files."""
    values = dataclasses.asdict(config)
    for name in _NOT_OF_CELLS:
        del values[name]
    for name in ("judgements", "query_vectors", "document_vectors"):
        if values[name]:
            values[name] = store.fingerprint(pathlib.Path(values[name]))
    for name in ("query_vectors", "document_vectors"):
        if values[name]:
            beside = vector_arrays.id_files(pathlib.Path(getattr(config, name)))[:1]
            values[name] += "".join(store.fingerprint(file) for file in beside)
    return values


def _judgements(config: AdviceConfig) -> Judgements:
    if config.game:
        return judgement_files.of_game(
            registry.get(config.game),
            config.num_queries,
            splits.SEEDS["test"],
            config.min_relevance,
        )
    assert config.judgements is not None  # with_defaults() has filled it in.
    return judgement_files.read(pathlib.Path(config.judgements), config.min_relevance)


def _collection(
    config: AdviceConfig, judgements: Judgements, measure: Measure
) -> Collection | None:
    if config.query_vectors is None or config.document_vectors is None:
        return None
    queries = vector_files.read(pathlib.Path(config.query_vectors), "query_vectors")
    documents = vector_files.read(
        pathlib.Path(config.document_vectors), "document_vectors"
    )
    vector_files.matched(judgements, queries, documents)
    return Collection(
        judgements,
        measure,
        queries.select(judgements.query_ids),
        documents.vectors,
        documents.ids,
        config.unjudged,
    )
