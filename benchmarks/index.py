r"""Finds the best of a million keys by their vectors with faiss: recall and time.

    pip install 'set_contrastive[faiss]'
    python -m benchmarks.index
    python -m benchmarks.index --key_vectors=4 --query_vectors=8

The keys and queries are synthetic, normal vectors of `--vector_dim` dimensions, the
hardest case for an approximate index. Recall is the share of the ten best keys by
inner product that an index finds among its ten; `flat` scores all keys, so its recall
is 1. A cross-encoder would have to read a query with each of the keys.

With several vectors of a key or a query, recall is that of the ten best keys by MaxSim,
which a search over all keys finds; the index is asked for candidates by single vectors,
`--candidates` rows for each vector of a query, and MaxSim is computed of these alone.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from absl import flags

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
from benchmarks import table
from export import late_search
from export import vector_index

_KEYS = flags.DEFINE_integer("num_keys", 1_000_000, "Keys.", lower_bound=1000)
_DIM = flags.DEFINE_integer("vector_dim", 27, "Dimension.", lower_bound=1)
_QUERIES = flags.DEFINE_integer("queries", 200, "Queries.", lower_bound=1)
_KEY_VECTORS = flags.DEFINE_integer("key_vectors", 1, "Vectors a key.", lower_bound=1)
_QUERY_VECTORS = flags.DEFINE_integer(
    "query_vectors", 1, "Vectors a query.", lower_bound=1
)
_CANDIDATES = flags.DEFINE_list(
    "candidates", ["10", "100", "1000"], "Rows for each vector of a query."
)
_OUTPUT = table.output_flag()
_TOP = 10
_CHUNK = 2**16  # Keys whose products are in memory at a time.

# Description of faiss, and the effort of a search.
_INDEXES = (
    ("Flat", {}),
    ("IVF1024,Flat", {"nprobe": 8}),
    ("IVF1024,Flat", {"nprobe": 64}),
    ("HNSW32", {"hnsw.efSearch": 64}),
    ("HNSW32", {"hnsw.efSearch": 256}),
)

# Returns the numbers of the best keys of all queries, [n, 10].
Search = Callable[[], Any]


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    faiss = vector_index.load_faiss()
    rng = np.random.default_rng(0)
    shape = (_KEYS.value, _KEY_VECTORS.value, _DIM.value)
    keys = rng.standard_normal(shape, np.float32)
    shape = (_QUERIES.value, _QUERY_VECTORS.value, _DIM.value)
    queries = rng.standard_normal(shape, np.float32)
    several = max(_KEY_VECTORS.value, _QUERY_VECTORS.value) > 1
    made = table.Table(
        "index_of_several_vectors" if several else "index",
        f"The best {_TOP} of {_KEYS.value:,} keys by an index of their vectors",
        "Recall is to a search over all keys.",
    )
    best, built, index = None, "", None
    if several:
        best = _show(
            made, "all keys", "", 0.0, lambda: exhaustive(keys, queries, _TOP), None
        )
    rows = keys.reshape(-1, _DIM.value)
    for factory, effort in _INDEXES:
        seconds = 0.0
        if factory != built:
            print(f"building {factory} ...", end="\r", flush=True)
            started = time.perf_counter()
            index = faiss.index_factory(_DIM.value, factory, faiss.METRIC_INNER_PRODUCT)
            index.train(rows)
            index.add(rows)
            built, seconds = factory, time.perf_counter() - started
        for name, value in effort.items():
            faiss.ParameterSpace().set_index_parameter(
                index, name.removeprefix("hnsw."), value
            )
        told = [f"{name}={value}" for name, value in effort.items()]
        for candidates in map(int, _CANDIDATES.value) if several else (0,):

            def search(index: Any = index, candidates: int = candidates) -> Any:
                if not several:
                    return index.search(queries[:, 0], _TOP)[1]
                return late_search.search(
                    index, keys, queries, late_search.max_sim, _TOP, candidates
                )[0]

            more = [f"candidates={candidates}"] if several else []
            text = ", ".join([*told, *more])
            found = _show(made, factory, text, seconds, search, best)
            best, seconds = found if best is None else best, 0.0
    made.save(
        _OUTPUT.value,
        num_keys=_KEYS.value,
        vector_dim=_DIM.value,
        key_vectors=_KEY_VECTORS.value,
        query_vectors=_QUERY_VECTORS.value,
        queries=_QUERIES.value,
    )


def exhaustive(keys: Any, queries: Any, top: int) -> Any:
    """Returns the numbers of the best keys by MaxSim, `[n, top]`, of all keys.

    Args:
      keys: `[K, m_k, D]`.
      queries: `[n, m_q, D]`.
      top: Number of keys to return.
    """
    scores = np.empty((len(queries), len(keys)), np.float32)
    for first in range(0, len(keys), _CHUNK):
        chunk = keys[first : first + _CHUNK]
        rows = chunk.reshape(-1, chunk.shape[-1]).T
        for place, query in enumerate(queries):
            products = (query @ rows).reshape(len(query), *chunk.shape[:2])
            scores[place, first : first + _CHUNK] = products.max(axis=2).sum(axis=0)
    np.negative(scores, out=scores)
    some = [np.argpartition(row, top - 1)[:top] for row in scores]
    ordered = [n[row[n].argsort()] for n, row in zip(some, scores, strict=True)]
    return np.array(ordered)


def _show(
    made: table.Table, name: str, effort: str, built: float, search: Search, best: Any
) -> Any:
    """Adds a line to the table, and returns what was found."""
    started = time.perf_counter()
    found = search()
    each = (time.perf_counter() - started) / len(found)
    wanted = found if best is None else best
    hits = (found[:, :, None] == wanted[:, None, :]).any(axis=2).sum() / wanted.size
    made.add(
        index=name,
        effort=effort,
        build_s=built,
        ms_per_query=1e3 * each,
        recall_at_10=hits,
    )
    return found


if __name__ == "__main__":
    command.run(main)
