r"""The best vectors of one side, queries or documents, for given ones of the other.

With the vectors of one side given, the mean KL of the softmax over documents against
the uniform truth is convex in those of the other side: its minimum is what geometry
permits to whoever may choose that side freely. For few dimensions queries are solved by
Newton's method (free_vectors/queries.py). Otherwise Adam takes full-batch steps in
coordinates in which the given vectors are white, `U sqrt(n)` of their singular value
decomposition `U S V^T`, so that all directions are learned equally fast; what is found
then is a lower bound of what there is.
"""

import numpy as np
import numpy.typing as npt

from set_contrastive.free_vectors import objectives
from set_contrastive.free_vectors import queries as newton
from set_contrastive.free_vectors import training

Float32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# Newton's Hessians take d^2 numbers for each document.
_NEWTON_DIM = 32
_NEWTON_ENTRIES = 2_000_000
_RIDGE = 1e-6
_STEPS = 300
_RATE = 0.1
# Spread of the scores at the start, in nats.
_SPREAD = 2.0
_OBJECTIVE = objectives.OBJECTIVES["softmax"]


def free_queries(documents: Float32, mask: Mask, start: Float32) -> Float32:
    """Returns the best query vectors that were found for given documents, `[R, d]`.

    Args:
      documents: Vectors of the documents, `[C, d]`.
      mask: Which documents are relevant, bool `[R, C]`.
      start: Query vectors to start from, `[R, d]`.
    """
    count, dim = documents.shape
    few = mask.size <= _NEWTON_ENTRIES
    if dim <= _NEWTON_DIM and few and dim < count:
        centred = np.asarray(documents, np.float64)
        centred = centred - centred.mean(axis=0)
        # Of length one on average: the ridge then means the same for all encoders.
        size = float(np.sqrt((centred**2).sum(axis=1).mean())) or 1.0
        keys = newton.Keys(centred / size, np.zeros(count))
        truth = mask / mask.sum(axis=1, keepdims=True)
        vectors = newton.solve(keys, truth, _RIDGE).vectors / size
        return vectors.astype(np.float32)
    white, back = _whitened(documents)
    first = _scaled(start @ np.linalg.pinv(back.T))
    return (_trained(white, mask, first, of_rows=True) @ back.T).astype(np.float32)


def free_documents(queries: Float32, mask: Mask, start: Float32) -> Float32:
    """Returns the best document vectors that were found for given queries, `[C, d]`.

    Args:
      queries: Vectors of the queries, `[R, d]`.
      mask: Which documents are relevant, bool `[R, C]`.
      start: Document vectors to start from, `[C, d]`.
    """
    white, back = _whitened(queries, centre=False)
    first = _scaled(start @ np.linalg.pinv(back.T))
    return (_trained(white, mask, first, of_rows=False) @ back.T).astype(np.float32)


def _whitened(vectors: Float32, centre: bool = True) -> tuple[Float32, Float32]:
    """Returns white vectors `[n, r]`, and `B` with `B^T x = white x` up to a shift."""
    x = np.asarray(vectors, np.float64)
    if centre:  # A shift of all documents changes all scores of a query alike.
        x = x - x.mean(axis=0)
    left, values, right = np.linalg.svd(x, full_matrices=False)
    kept = values > 1e-5 * values[0]
    root = np.sqrt(len(x))
    back = right[kept].T / values[kept] * root
    return (left[:, kept] * root).astype(np.float32), back.astype(np.float32)


def _scaled(start: Float32) -> Float32:
    """Scales a start so that the scores have the spread that training begins with.

    The given vectors are white, so the spread of the scores is the vectors' length.
    """
    spread = np.sqrt((start**2).sum(axis=1).mean()) or 1.0
    return (start * (_SPREAD / spread)).astype(np.float32)


def _trained(given: Float32, mask: Mask, first: Float32, of_rows: bool) -> Float32:
    asked = ~mask.all(axis=1)
    if not asked.any():  # Any vectors will do.
        return first
    relation = objectives.Relation.of_mask(
        mask[asked], np.full(asked.sum(), 1.0), np.float32
    )
    vectors = first.copy()
    moments = np.zeros_like(vectors), np.zeros_like(vectors)
    bias = np.zeros((1, 1, 1), np.float32)
    slope = np.zeros_like(vectors)
    for step in range(_STEPS):
        rows, columns = (vectors, given) if of_rows else (given, vectors)
        scores = rows[asked] @ columns.T
        _, by_score = _OBJECTIVE(scores[None], relation, bias)
        if of_rows:
            slope[asked] = by_score[0] @ given
        else:
            slope[:] = by_score[0].T @ given[asked]
        rate = _RATE * (1 - 0.9 * step / _STEPS)
        training.adam(vectors, slope, *moments, step + 1, rate)
    return vectors
