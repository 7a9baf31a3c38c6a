import time

import faiss
import pytest

from set_contrastive.advisor import scan_time


class _Slow:
    """Takes 2 ms a query, and notes what it is asked."""

    def __init__(self, fails=False):
        self.threads = set()
        self.depths = set()
        self._fails = fails

    def search(self, batch, depth):
        if self._fails:
            raise RuntimeError("no memory")
        self.threads.add(faiss.omp_get_max_threads())
        self.depths.add(depth)
        time.sleep(0.002 * len(batch))


def test_time_is_that_of_a_query():
    index = _Slow()
    # A busy machine sleeps longer.
    assert 2 <= scan_time.ms_per_query(index, [0] * 4, 7) < 100
    assert index.depths == {7}


def test_the_least_time_counts_on_a_busy_machine():
    """Most searches have to wait for others."""
    waits = iter([0, 0.02, 0.02, 0.001, 0.02, 0.02, *[0.02] * 100])

    class Busy:
        def search(self, batch, depth):
            time.sleep(next(waits))

    assert 1 <= scan_time.ms_per_query(Busy(), [0], 7) < 10


def test_slow_searches_are_not_repeated():
    calls = []

    class Large:
        def search(self, batch, depth):
            calls.append(depth)
            time.sleep(0.21)

    scan_time.ms_per_query(Large(), [0], 7)
    assert len(calls) == 2  # The first one warms up.


@pytest.mark.parametrize("fails", [False, True])
def test_threads_are_set_for_the_search_only(fails):
    before = faiss.omp_get_max_threads()
    index = _Slow(fails)
    if fails:
        with pytest.raises(RuntimeError, match="no memory"):
            scan_time.ms_per_query(index, [0], 7, threads=before + 1)
    else:
        scan_time.ms_per_query(index, [0], 7, threads=before + 1)
        assert index.threads == {before + 1}
    assert faiss.omp_get_max_threads() == before
