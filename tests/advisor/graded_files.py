"""Judgements with grades and vectors for them, and what follows, by plain NumPy."""

import numpy as np

from set_contrastive.advisor.advice_config import AdviceConfig

QUERIES, DOCUMENTS, UNJUDGED, RELEVANT, DIM = 36, 12, 4, 3, 8


def write(folder):
    """Writes judgements of grades 1 to 3, vectors of all and of four more documents.

    Returns their configuration, the grades, and the vectors of queries and documents.
    """
    rng = np.random.default_rng(0)
    grades = np.zeros((QUERIES, DOCUMENTS), np.int64)
    for row in grades:
        row[rng.choice(DOCUMENTS, RELEVANT, replace=False)] = [1, 2, 3]
    documents = rng.standard_normal((DOCUMENTS + UNJUDGED, DIM)).astype(np.float32)
    noise = 2 * rng.standard_normal((QUERIES, DIM))
    queries = ((grades > 0) @ documents[:DOCUMENTS] + noise).astype(np.float32)
    lines = [
        f"q{i} 0 d{j} {grades[i, j]}\n"
        for i, j in zip(*np.nonzero(grades), strict=True)
    ]
    (folder / "qrels.txt").write_text("".join(lines))
    query_ids = [f"q{i}" for i in range(QUERIES)]
    document_ids = [f"d{j}" for j in range(DOCUMENTS + UNJUDGED)]
    np.savez(folder / "queries.npz", ids=query_ids, vectors=queries)
    np.savez(folder / "documents.npz", ids=document_ids, vectors=documents)
    config = AdviceConfig(
        judgements=str(folder / "qrels.txt"),
        query_vectors=str(folder / "queries.npz"),
        document_vectors=str(folder / "documents.npz"),
        measure="R@3",
        dims=(4,),
        seeds=1,
        folds=2,
        parallel=1,  # In this process.
    )
    return config, grades, queries, documents


def assert_retrieves(output, grades, least=1):
    """Asserts that witness.npz ranks all relevant documents first, by plain NumPy."""
    with np.load(output / "witness.npz") as witness:
        query_ids, document_ids = witness["query_ids"], witness["document_ids"]
        scores = witness["query_vectors"] @ witness["document_vectors"].T
    assert len(set(query_ids)) == len(query_ids)
    columns = [int(name[1:]) for name in document_ids]
    assert sorted(columns) == list(range(DOCUMENTS))
    for name, row in zip(query_ids, scores, strict=True):
        inside = grades[int(name[1:]), columns] >= least
        assert row[inside].min() > row[~inside].max()


def as_is_recall(queries, documents, grades, least=1):
    """Returns R@3 of the vectors as they are."""
    best = np.argsort(-queries @ documents.T, axis=1)[:, :3]
    padded = np.pad(grades, ((0, 0), (0, UNJUDGED))) >= least
    found = np.take_along_axis(padded, best, axis=1).sum(axis=1)
    return (found / padded.sum(axis=1)).mean()


def refuse_constant(text):
    """Stands for `parse_constant` of JSON, which has no NaN and no infinity."""
    raise AssertionError(f"{text} is not JSON")
