"""Counts the pages that a process has mapped anew, as the operating system tells."""

import os
import subprocess
import sys

import pytest

# Prints whether memory is kept, and the page faults of ten arrays of 96 MiB in turn,
# in a process of its own and in one that is forked from it.
_PROGRAM = """
import os, resource, sys
import numpy as np
from set_contrastive.base import kept_memory

def faults():
    for _ in range(2):  # A fork first copies what it writes to.
        np.ones(96 * 2**20, np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        np.ones(96 * 2**20, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(kept_memory.keep() if {asked} else None, faults(), flush=True)
if os.fork() == 0:
    print(faults(), flush=True)
    os._exit(0)
os.wait()
"""
_PAGES = 10 * 96 * 2**20 // os.sysconf("SC_PAGE_SIZE")


def _run(asked, **environment):
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(asked=asked)],
        env={**os.environ, **environment},
        text=True,
        check=True,
        capture_output=True,
    )
    kept, own, forked = done.stdout.split()
    return kept, int(own), int(forked)


def test_what_is_freed_is_taken_again():
    kept, own, forked = _run(asked=True)
    assert kept == "True"
    assert own < _PAGES / 100
    assert forked < _PAGES / 100


def test_without_it_every_array_is_mapped_anew():
    # Huge pages would be fewer.
    _, own, _ = _run(asked=False)
    assert own > _PAGES / 600


@pytest.mark.parametrize(
    "theirs",
    [{"MALLOC_ARENA_MAX": "4"}, {"GLIBC_TUNABLES": "glibc.malloc.arena_max=4"}],
)
def test_what_the_user_has_set_is_left(theirs):
    kept, own, _ = _run(asked=True, **theirs)
    assert kept == "False" and own > _PAGES / 600
