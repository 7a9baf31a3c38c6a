"""Judgements and vectors whose fault is known, since it was put there."""

import pathlib
from typing import Any

import numpy as np

from set_contrastive.free_vectors import training

CASES = ("geometry", "documents", "queries", "judgements", "healthy")
VERDICTS = {
    "geometry": "geometry",
    "documents": "document encoder",
    "queries": "query encoder",
    "judgements": "judgements cannot tell",
    "healthy": "none",
}
_QUERIES, _DOCUMENTS, _RELEVANT = 220, 60, 3
_ENOUGH, _TOO_FEW = 16, 3
# So many that free vectors of either side fit anything.
WIDE = 384


def dim_of(case: str, wide: bool = False) -> int:
    """Returns the dimension of a case's vectors; see `write`."""
    if case == "geometry":
        return _TOO_FEW
    return WIDE if wide else _ENOUGH


def write(
    case: str, seed: int, folder: pathlib.Path, wide: bool = False
) -> dict[str, Any]:
    """Writes judgements and vectors.

    Args:
      case: One of `CASES`.
      seed: Draws judgements, vectors, and how they are scrambled.
      folder: Where the files go.
      wide: Whether vectors have 384 dimensions, which is more than there are queries.

    Returns:
      Options of `advise` for them.
    """
    rng = np.random.default_rng([CASES.index(case), seed])
    size = 1 if case == "judgements" else _RELEVANT
    mask = np.zeros((_QUERIES, _DOCUMENTS), np.bool_)
    for row in mask:
        row[rng.choice(_DOCUMENTS, size, replace=False)] = True
    settings = training.Settings(
        "softmax", max_steps=2000, unit_start=True, dtype="float32"
    )
    trained = training.train(mask, dim_of(case, wide), settings, seed)
    queries, documents = trained.queries, trained.keys
    if case == "documents":
        documents = documents[rng.permutation(_DOCUMENTS)]
    if case == "queries":
        queries = queries[rng.permutation(_QUERIES)]
    query_ids = [f"q{i}" for i in range(_QUERIES)]
    document_ids = [f"d{i}" for i in range(_DOCUMENTS)]
    lines = [f"q{i} 0 d{j} 1\n" for i, j in zip(*np.nonzero(mask), strict=True)]
    (folder / "qrels.txt").write_text("".join(lines))
    np.savez(folder / "queries.npz", ids=query_ids, vectors=queries)
    np.savez(folder / "documents.npz", ids=document_ids, vectors=documents)
    return {
        "judgements": str(folder / "qrels.txt"),
        "query_vectors": str(folder / "queries.npz"),
        "document_vectors": str(folder / "documents.npz"),
        "measure": f"R@{_RELEVANT}",
        "dims": (dim_of(case, wide),),
        "seeds": 1,
        "folds": 2,
    }
