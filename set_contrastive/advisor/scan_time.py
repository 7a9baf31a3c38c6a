"""What an exact scan of all documents takes for a query."""

import time
from typing import Any

import numpy as np

# A batch as of a server that collects a few. Up to 19, faiss reads all documents once
# for each query; from 20 on it multiplies matrices.
QUERIES = 8
# Searches are repeated for so long, and the median counts.
_SECONDS = 0.02


def ms_per_query(index: Any, batch: Any, depth: int, threads: int = 1) -> float:
    """Returns the milliseconds that an index of faiss takes for a query.

    It is the wall time of the search for a batch, divided by its number of queries: the
    median of searches during 0.02 seconds, but at least one, after one that warms up.
    Whatever else the machine does at that time is in it, and no approximate index or
    re-ranking is.

    Args:
      index: What is searched.
      batch: Queries in the form that the index takes, `[n, ...]`.
      depth: Documents to find for each.
      threads: Threads of faiss, which has the former number again afterwards.
    """
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    try:
        index.search(batch[:1], depth)
        times: list[float] = []
        end = time.perf_counter() + _SECONDS
        while not times or time.perf_counter() < end:
            start = time.perf_counter()
            index.search(batch, depth)
            times.append(time.perf_counter() - start)
    finally:
        faiss.omp_set_num_threads(before)
    return float(1000 * np.median(times) / len(batch))
