"""The documents among which heads learn to find the relevant ones."""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from set_contrastive.advisor import best
from set_contrastive.advisor import reductions

Indices = npt.NDArray[np.int64]

# Up to so many documents, all are candidates; of more, so many.
MOST = 20_000
# The best documents of each query by the full vectors: its hard negatives.
_HARD = 50
# Drawn among all documents, so that easy negatives stay easy.
_DRAWN = 2_000
_QUERIES = 128


def choose(
    queries: reductions.Vectors,
    documents: reductions.Vectors,
    relation: sparse.csr_array,
    rows: Indices,
    seed: int = 0,
) -> Indices:
    """Returns numbers of documents, in order.

    All of them, if there are at most 20,000. Else every document that is relevant to
    one of the queries, 2,000 that are drawn, and of the 50 best of each query by inner
    product as many as make 20,000.

    Args:
      queries: `[Q, D]`.
      documents: `[N, D]`; read in blocks.
      relation: Which documents are relevant, `[Q, N]`.
      rows: Queries that count; nothing of the others is looked at.
      seed: Draws documents.
    """
    count = len(documents)
    if count <= MOST:
        return np.arange(count)
    rng = np.random.default_rng(seed)
    relevant = np.unique(relation[rows].indices)
    others = rng.choice(count, _DRAWN, replace=False)
    hard = np.unique(_best(queries[rows], documents))
    hard = np.setdiff1d(hard, relevant)
    room = max(0, MOST - len(relevant) - _DRAWN)
    hard = rng.permutation(hard)[:room]
    return np.unique(np.concatenate([relevant, others, hard]))


def _best(queries: reductions.Vectors, documents: reductions.Vectors) -> Indices:
    """Returns the documents of highest inner product with each query."""
    vectors = np.asarray(queries, np.float32)
    tiles = np.array_split(vectors, -(-len(vectors) // _QUERIES))
    found = [best.Best(len(tile), _HARD) for tile in tiles]
    first = 0
    for block in reductions.blocks(documents):
        for tile, kept in zip(tiles, found, strict=True):
            kept.add(tile @ block.T, first)
        first += len(block)
    return np.concatenate([kept.ranked()[1] for kept in found])
