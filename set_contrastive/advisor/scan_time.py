"""What an exact scan of all documents takes for a query."""

import time
from typing import Any

# A batch as of a server that collects a few. Up to 19, faiss reads all documents once
# for each query; from 20 on it multiplies matrices.
QUERIES = 8
# Searches are repeated for so long and so often, unless they take longer together than
# the second; the least time counts.
_SECONDS, _MOST_SECONDS = 0.02, 0.2
_FEWEST = 5


def ms_per_query(index: Any, batch: Any, depth: int, threads: int = 1) -> float:
    """Returns the milliseconds that an index of faiss takes for a query.

    It is the wall time of the search for a batch, divided by its number of queries: the
    least of five searches or more during 0.02 seconds, of fewer where they take longer
    than 0.2 seconds, after one that warms up. What else the machine does makes some
    searches slower and none faster, so the least is nearest to what the scan takes by
    itself; where the machine is busy all the time, that is in it. No approximate index
    and no re-ranking is.

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
        while not times or (
            sum(times) < _MOST_SECONDS
            and (len(times) < _FEWEST or sum(times) < _SECONDS)
        ):
            start = time.perf_counter()
            index.search(batch, depth)
            times.append(time.perf_counter() - start)
    finally:
        faiss.omp_set_num_threads(before)
    return 1000 * min(times) / len(batch)
