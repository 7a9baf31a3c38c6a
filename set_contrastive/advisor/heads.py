"""Linear heads on an encoder's vectors, learned on some queries, measured on others.

A query `q` becomes `q W_q` and a document `x` becomes `(x - m) W_d`, with `m` the mean
of the documents and `W_q`, `W_d` `[D, d]`. Both start from the documents' principal
axes (from the identity where `d = D`). With scores `s[q, x] = e^t q W_q . (x - m) W_d`
they and `t` minimize

    mean_q mean_{x relevant to q} (logsumexp_{x'} s[q, x'] - s[q, x])

over the candidates `x'`, which is `cross_entropy_support` of `training.objectives`, by
Adam. A tenth of the training queries is kept aside: of the heads met on the way, the
start among them, those with the highest nDCG on these are taken, so a head replaces the
start only where it finds more for queries that it has not seen. A candidate that is not
relevant counts as negative, judged or not.

This module imports TensorFlow; import it where heads are trained.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy import special

from set_contrastive.advisor import candidates
from set_contrastive.advisor import encoder_cells
from set_contrastive.advisor import linear_heads
from set_contrastive.advisor import precisions
from set_contrastive.advisor import reductions
from set_contrastive.advisor.encoder_cells import Cell
from set_contrastive.advisor.encoder_cells import Collection
from set_contrastive.advisor.reductions import Reduction
from set_contrastive.base.errors import UserError

Float32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]

# Share of the training queries by which heads are chosen.
_ASIDE = 0.1
# More queries would not fit into memory beside 20,000 candidates.
_MOST_QUERIES = 10_000
_STEPS_BETWEEN_CHECKS = 10
_CHECKS = 40
# Checks without a better head after which training ends.
_PATIENCE = 6
# Scores of a step: more make no better gradient, but cost.
_BATCH_SCORES = 2**22
# Starting scales, in units of the inverse spread of the scores.
_SCALES = 2.0 ** np.arange(-2, 6)


@dataclasses.dataclass(frozen=True, eq=False)
class _Pairs:
    """Queries `[n, D]` and which of the candidates are relevant, bool `[n, C]`."""

    queries: Float32
    mask: Mask


def train(
    queries: reductions.Vectors,
    documents: reductions.Vectors,
    relation: sparse.csr_array,
    dim: int,
    train_rows: Indices,
    seed: int = 0,
    documents_too: bool = True,
    axes: reductions.Axes | None = None,
) -> Reduction:
    """Returns heads that are learned on some queries; no others are looked at.

    Args:
      queries: `[Q, D]`.
      documents: `[N, D]`; may be mapped from a file.
      relation: Which documents are relevant, bool `[Q, N]`.
      dim: Coordinates to map to.
      train_rows: Queries to learn from.
      seed: Draws the queries that are kept aside, batches and candidates.
      documents_too: Whether the documents' head is learned; if not, documents stay as
        they are.
      axes: Principal axes of the documents, if they are known.

    Raises:
      UserError: If the dimension is not that of the documents, which stay as they are,
        or is larger.
    """
    width = documents.shape[1]
    if dim > width or not (documents_too or dim == width):
        wanted = f"at most {width}" if documents_too else f"{width}"
        raise UserError(f"dim must be {wanted}, as documents have, got {dim}")
    axes = axes or reductions.principal_axes(documents)
    whole = dim == width
    matrix = np.eye(width, dtype=np.float32) if whole else axes.directions[:, :dim]
    start = (matrix, matrix)
    rng = np.random.default_rng(seed)
    some = np.diff(relation.indptr)[train_rows] > 0
    rows = rng.permutation(train_rows[some])[:_MOST_QUERIES]
    if len(rows) > 1:
        chosen = candidates.choose(queries, documents, relation, rows, seed)
        vectors = np.asarray(documents[chosen], np.float32) - axes.mean
        aside = max(1, round(_ASIDE * len(rows)))
        parts = [
            _Pairs(
                np.asarray(queries[part], np.float32),
                relation[part][:, chosen].toarray().astype(np.bool_),
            )
            for part in (rows[aside:], rows[:aside])
        ]
        start = _learned(parts[0], parts[1], vectors, start, documents_too, rng)
    query_matrix, document_matrix = start
    if not documents_too:
        return Reduction("learned", dim, query_matrix=query_matrix)
    return Reduction(
        "learned",
        dim,
        query_matrix=query_matrix,
        document_matrix=document_matrix,
        document_shift=axes.mean @ document_matrix,
    )


def learned_values(
    collection: Collection,
    dim: int,
    folds: Indices,
    seed: int = 0,
    names: Sequence[str] = precisions.PRECISIONS,
    documents_too: bool = True,
) -> dict[str, Cell]:
    """Measures heads on queries that they were not fitted to.

    Args:
      collection: Vectors and judgements.
      dim: Coordinates to map to.
      folds: Number of each query's fold, `[Q]`: heads are learned on all folds but one
        and measured on that.
      seed: See `train`.
      names: Precisions of the documents.
      documents_too: See `train`.

    Returns:
      A cell for each precision; its time is the mean over the folds.
    """
    relation = collection.relation()
    values = {name: np.zeros(len(folds)) for name in names}
    times: dict[str, list[float]] = {name: [] for name in names}
    for fold in np.unique(folds):
        held_out = np.flatnonzero(folds == fold)
        reduction = train(
            collection.queries,
            collection.documents,
            relation,
            dim,
            np.flatnonzero(folds != fold),
            seed,
            documents_too,
            collection.reducer.axes,
        )
        for name in names:
            cell = encoder_cells.measure(collection, reduction, name, held_out)
            values[name][held_out] = cell.values
            times[name].append(cell.ms_per_query)
    return {
        name: Cell(
            values[name],
            precisions.bytes_per_document(name, dim),
            float(np.mean(times[name])),
        )
        for name in names
    }


def _learned(
    learn: _Pairs,
    aside: _Pairs,
    documents: Float32,
    start: tuple[Float32, Float32],
    documents_too: bool,
    rng: np.random.Generator,
) -> tuple[Float32, Float32]:
    """Returns the matrices that do best aside, of the start and those trained from it.

    Args:
      learn: What is trained on.
      aside: By what is chosen.
      documents: The candidates, `[C, D]`.
      start: Matrices of queries and documents, `[D, d]`.
      documents_too: Whether that of the documents is trained.
      rng: Draws batches.
    """
    count = len(learn.queries)
    width, dim = start[0].shape
    trainer = linear_heads.trainer(width, dim, documents_too, len(documents) < count)
    trainer.restart(*start, _scale(learn, documents, start))
    batch = min(count, max(32, _BATCH_SCORES // len(documents)))
    best, highest, waited = start, _ndcg(aside, documents, start), 0
    for _ in range(_CHECKS):
        # All queries in each step, where they are few.
        drawn = [
            rng.permutation(count)[:batch] if batch < count else np.arange(count)
            for _ in range(_STEPS_BETWEEN_CHECKS)
        ]
        trainer.train(learn.queries, documents, learn.mask, np.stack(drawn))
        heads = (trainer.heads.query.numpy(), trainer.heads.document.numpy())
        value = _ndcg(aside, documents, heads)
        waited += 1
        if value > highest:
            best, highest, waited = heads, value, 0
        if waited == _PATIENCE:
            break
    return best


def _scores(
    queries: Float32, documents: Float32, heads: tuple[Float32, Float32]
) -> Float32:
    found: Float32 = (queries @ heads[0]) @ (documents @ heads[1]).T
    return found


def _scale(learn: _Pairs, documents: Float32, heads: tuple[Float32, Float32]) -> float:
    """Returns the scale, of a few, at which the start has the least loss."""
    mask = learn.mask[:256]
    scores = _scores(learn.queries[:256], documents, heads).astype(np.float64)
    scales = _SCALES / max(scores.std(axis=1).mean(), 1e-12)
    mean_relevant = (scores * mask).sum(axis=1) / mask.sum(axis=1)
    losses = [
        (special.logsumexp(scale * scores, axis=1) - scale * mean_relevant).mean()
        for scale in scales
    ]
    return float(scales[np.argmin(losses)])


def _ndcg(pairs: _Pairs, documents: Float32, heads: tuple[Float32, Float32]) -> float:
    """Returns the mean nDCG among all candidates; 0 for heads that diverged."""
    scores = _scores(pairs.queries, documents, heads)
    if not np.isfinite(scores).all():
        return 0.0
    order = np.argsort(-scores, axis=1, kind="stable")
    gains = 1 / np.log2(2 + np.arange(len(documents)))
    found = np.take_along_axis(pairs.mask, order, axis=1) @ gains
    ideal = np.cumsum(gains)[pairs.mask.sum(axis=1) - 1]
    return float((found / ideal).mean())
