r"""Finds the best of a million keys by their vectors with faiss: recall and time.

    pip install 'set_contrastive[faiss]'
    python -m benchmarks.index

The keys and queries are synthetic, normal vectors of `--vector_dim` dimensions, the
hardest case for an approximate index. Recall is the share of the ten best keys by
inner product that an index finds among its ten; `flat` scores all keys, so its recall
is 1. A cross-encoder would have to read a query with each of the keys.
"""

import time

import numpy as np
from absl import flags

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
from export import vector_index

_KEYS = flags.DEFINE_integer("num_keys", 1_000_000, "Keys.", lower_bound=1000)
_DIM = flags.DEFINE_integer("vector_dim", 27, "Dimension.", lower_bound=1)
_QUERIES = flags.DEFINE_integer("queries", 200, "Queries.", lower_bound=1)
_TOP = 10

# Description of faiss, and the effort of a search.
_INDEXES = (
    ("Flat", {}),
    ("IVF1024,Flat", {"nprobe": 8}),
    ("IVF1024,Flat", {"nprobe": 64}),
    ("HNSW32", {"hnsw.efSearch": 64}),
    ("HNSW32", {"hnsw.efSearch": 256}),
)


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    faiss = vector_index.load_faiss()
    rng = np.random.default_rng(0)
    keys = rng.standard_normal((_KEYS.value, _DIM.value), np.float32)
    queries = rng.standard_normal((_QUERIES.value, _DIM.value), np.float32)
    print(f"{'index':<16}{'effort':<20}{'build s':>9}{'ms/query':>12}{'recall@10':>11}")
    best, built, index = None, "", None
    for factory, effort in _INDEXES:
        seconds = 0.0
        if factory != built:
            print(f"building {factory} ...", end="\r", flush=True)
            started = time.perf_counter()
            index = faiss.index_factory(_DIM.value, factory, faiss.METRIC_INNER_PRODUCT)
            index.train(keys)
            index.add(keys)
            built, seconds = factory, time.perf_counter() - started
        for name, value in effort.items():
            faiss.ParameterSpace().set_index_parameter(
                index, name.removeprefix("hnsw."), value
            )
        started = time.perf_counter()
        _, found = index.search(queries, _TOP)
        each = (time.perf_counter() - started) / len(queries)
        best = found if best is None else best
        hits = (found[:, :, None] == best[:, None, :]).any(axis=2).mean()
        told = ", ".join(f"{name}={value}" for name, value in effort.items())
        print(
            f"{factory:<16}{told:<20}{seconds:>9.1f}{1e3 * each:>12.2f}{hits:>11.3f}",
            flush=True,
        )


if __name__ == "__main__":
    command.run(main)
