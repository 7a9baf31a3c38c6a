"""Judgements and vectors whose fault is known, since it was put there."""

import pathlib

import numpy as np

from set_contrastive.theory.vectors import training

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


def dim_of(case: str) -> int:
    """Returns the dimension of a case's vectors."""
    return _TOO_FEW if case == "geometry" else _ENOUGH


def write(case: str, seed: int, folder: pathlib.Path) -> dict[str, str]:
    """Writes judgements and vectors; returns the flags that name them."""
    rng = np.random.default_rng([CASES.index(case), seed])
    size = 1 if case == "judgements" else _RELEVANT
    mask = np.zeros((_QUERIES, _DOCUMENTS), np.bool_)
    for row in mask:
        row[rng.choice(_DOCUMENTS, size, replace=False)] = True
    settings = training.Settings(
        "softmax", max_steps=2000, unit_start=True, dtype="float32"
    )
    trained = training.train(mask, dim_of(case), settings, seed)
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
    }
