"""Why something is lost: geometry, the documents' vectors, or the queries'.

At a dimension d, with the measure's mean over the queries,

* a, `as_is`: the encoder's vectors, reduced to d in the best way that was found;
* a', `query_head`: with a linear map of the queries, learned on other queries;
* b, `queries_free`: with the best query vectors for these documents;
* `documents_free`: with the best document vectors for these queries;
* c, `all_free`: with the best vectors of both that were found;
* `best_possible`: with the best ranking that there is.

So `best_possible - c` is geometry, `c - b` the documents' vectors and `b - a` the
queries'. What is free fits the very queries that are measured: b and c are what
geometry permits, and were found by a search, so more may be possible (where the measure
tells grades apart, to which they are not fitted, see grades.py); a' is what an
encoder with a little training gets. `*_float16` is the same with gaps that float16
leaves intact.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from set_contrastive.advisor import encoder_cells
from set_contrastive.advisor import folds as folds_lib
from set_contrastive.advisor import one_side
from set_contrastive.advisor import precisions
from set_contrastive.advisor import reached
from set_contrastive.advisor import reductions
from set_contrastive.advisor.encoder_cells import Collection
from set_contrastive.advisor.inputs import Inputs
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.advisor.measures import Measure

FloatArray = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]

# Documents that free queries are fitted against; the ranking that is measured is always
# that of all documents.
_MOST_DOCUMENTS = 3_000
_ROUNDS = 2
_HITS = 20


def compute(inputs: Inputs, reduction: str, dim: int) -> dict[str, Any]:
    """Returns the row of a dimension, without what free vectors of both sides reach.

    Args:
      inputs: What was read; with vectors.
      reduction: The way in which vectors of this dimension lose least, of those that
        train nothing; of `random` it is the first seed's.
      dim: The dimension.
    """
    assert inputs.collection is not None
    part = inputs.trained
    shorter = _shortened(inputs.collection, reduction, dim)
    some = dataclasses.replace(
        shorter,
        judgements=part.judgements,
        queries=shorter.queries[part.queries],
    )
    as_is = values_of(some)
    free, queries_kl = _queries_free(some, as_is)
    documents_free, documents_kl = _documents_free(inputs, some)
    rounded = np.asarray(free.astype(np.float16), np.float32)
    half = np.asarray(shorter.documents, np.float16).astype(np.float32)
    best = best_possible(part.judgements, inputs.measure)
    fold_of_query = folds_lib.split(len(part.queries), inputs.config.folds, 0)
    queries_free = np.maximum(values_of(some, free), as_is)
    return {
        "dim": dim,
        "reduction": reduction,
        "as_is": float(as_is.mean()),
        "query_head": float(_query_head(some, fold_of_query).mean()),
        "queries_free": float(queries_free.mean()),
        "queries_free_float16": float(
            values_of(dataclasses.replace(some, documents=half), rounded).mean()
        ),
        "queries_free_kl": queries_kl,
        "documents_free": max(documents_free, float(as_is.mean())),
        "documents_free_kl": documents_kl,
        "best_possible": float(best.mean()),
    }


def best_possible(judgements: Judgements, measure: Measure) -> FloatArray:
    """Returns what the best ranking gives each query, `[Q]`: highest grades first."""
    rankings: dict[str, dict[str, float]] = {}
    for query, document, grade in zip(
        judgements.query.tolist(),
        judgements.document.tolist(),
        judgements.grade.tolist(),
        strict=True,
    ):
        name = judgements.document_ids[document]
        rankings.setdefault(judgements.query_ids[query], {})[name] = grade
    return measure.of(judgements, rankings)


def _shortened(collection: Collection, reduction: str, dim: int) -> Collection:
    fitted = collection.reducer.fit(reduction, dim, 0)
    blocks = [fitted.documents(b) for b in reductions.blocks(collection.documents)]
    return dataclasses.replace(
        collection,
        queries=fitted.queries(collection.queries),
        documents=np.concatenate(blocks),
    )


def values_of(collection: Collection, queries: Float32 | None = None) -> FloatArray:
    """Returns what each query finds among all documents, `[Q]`."""
    if queries is not None:
        collection = dataclasses.replace(collection, queries=queries)
    whole = reductions.fit("none", collection.documents, collection.documents.shape[1])
    return encoder_cells.measure(collection, whole, "float32").values


def load_heads() -> Any:
    """Imports the heads, and TensorFlow with them, which takes seconds, quietly."""
    from set_contrastive.base import command

    command.look_for_devices("CPU")
    from set_contrastive.advisor import heads

    return heads


def _query_head(collection: Collection, folds: npt.NDArray[np.int64]) -> FloatArray:
    dim = collection.documents.shape[1]
    found = load_heads().learned_values(
        collection, dim, folds, names=("float32",), documents_too=False
    )
    values: FloatArray = found["float32"].values
    return values


def _queries_free(collection: Collection, as_is: FloatArray) -> tuple[Float32, float]:
    """Returns the best query vectors that were found, `[Q, d]`, and their least KL.

    Fits them against relevant documents and what they find in their place, then against
    what the fitted ones find.
    """
    relation = collection.relation()
    rows = np.arange(len(collection.queries))
    found = np.asarray(collection.queries, np.float32)
    best, values = found.copy(), as_is.copy()
    rng = np.random.default_rng(0)

    def blocks() -> Iterator[Float32]:
        return reductions.blocks(collection.documents)

    chosen = np.unique(relation.indices)
    for _ in range(_ROUNDS):
        hits = precisions.search("float32", found, blocks, _HITS).documents
        others = rng.permutation(np.setdiff1d(hits, chosen))
        room = max(0, _MOST_DOCUMENTS - len(chosen))
        chosen = np.union1d(chosen, others[:room])
        mask = relation[rows][:, chosen].toarray().astype(np.bool_)
        vectors = np.asarray(collection.documents[chosen], np.float32)
        found = one_side.free_queries(vectors, mask, found)
        gained = values_of(collection, found)
        better = gained > values
        best[better], values[better] = found[better], gained[better]
        if len(chosen) == len(collection.documents) or not room:
            break
    return best, reached.kl_nats(found @ vectors.T, mask, np.ones(len(mask)))


def _documents_free(inputs: Inputs, collection: Collection) -> tuple[float, float]:
    """Returns what the queries find among the best documents for them, and the KL.

    Documents that are relevant to the same queries are one, as in the reduced relation.
    """
    part = inputs.trained
    rows = part.reduced.row_of_query
    places = collection.places
    start = np.zeros((part.reduced.num_columns, collection.queries.shape[1]))
    counts = np.zeros(len(start))
    known = places >= 0
    columns = part.reduced.column_of_document[known]
    np.add.at(start, columns, np.asarray(collection.documents[places[known]]))
    np.add.at(counts, columns, 1)
    start /= np.maximum(counts, 1)[:, None]
    queries = np.asarray(collection.queries, np.float32)
    found = one_side.free_documents(queries, part.mask[rows], start.astype(np.float32))
    scores = queries @ found.T
    kl = reached.kl_nats(scores, part.mask[rows], np.ones(len(rows)))
    return float(part.measure(scores, by_query=True)[0].mean()), kl
