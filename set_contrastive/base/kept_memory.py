"""Memory that a process keeps for its next allocation, in place of giving it back.

The C library takes arrays of more than 32 MiB, and at first of far less, from the
operating system one by one and gives each back when it is freed, so that every step of
a training, which allocates the same arrays again, has its pages mapped and cleared
anew. On virtual machines that took up to half of a step: docs/benchmarks.md.
"""

import ctypes
import os

# Parameters of mallopt(3), as glibc's malloc.h has them.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4

# Above the 64 MiB that a thread's heap may have: heaps are then never given back.
_PAD = 128 * 2**20
_MOST = 2**31 - 1

# What users set for glibc's malloc by themselves.
_PREFIX, _TUNABLES = "MALLOC_", "GLIBC_TUNABLES"


def keep() -> bool:
    """Lets this process keep what it frees, and the processes forked from it.

    It may hold as much as it ever held at a time until it ends. Where the C library is
    not glibc, or the user has set the environment for its malloc, nothing is changed.

    Returns:
      Whether it does.
    """
    if "malloc" in os.environ.get(_TUNABLES, "") or any(
        name.startswith(_PREFIX) for name in os.environ
    ):
        return False
    mallopt = (
        getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    )
    values = {_MMAP_MAX: 0, _TRIM_THRESHOLD: _MOST, _TOP_PAD: _PAD}
    return mallopt is not None and all(mallopt(k, v) for k, v in values.items())
