"""Memory that a process keeps for its next allocation, in place of giving it back.

The C library takes arrays of more than 32 MiB, and at first of far less, from the
operating system one by one and gives each back when it is freed, so that every step of
a training, which allocates the same arrays again, has its pages mapped and cleared
anew. How much that takes depends on the machine, 2 % to more than half of a step:
docs/benchmarks.md.
"""

import ctypes
import os

# What glibc's malloc reads from the environment of a process, with the number that
# mallopt(3) has for it in malloc.h, and the value: nothing is mapped by itself, nothing
# is given back, and growing is by more than the 64 MiB that the heap of a thread may
# have, without which such heaps are given back whole.
_PARAMETERS = {
    "MALLOC_MMAP_MAX_": (-4, 0),
    "MALLOC_TRIM_THRESHOLD_": (-1, 2**31 - 1),
    "MALLOC_TOP_PAD_": (-2, 128 * 2**20),
}
# The same for a process that is no command of ours, such as a server's.
ENVIRONMENT = {name: str(value) for name, (_, value) in _PARAMETERS.items()}

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
    return mallopt is not None and all(
        mallopt(number, value) for number, value in _PARAMETERS.values()
    )
