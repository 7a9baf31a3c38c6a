"""A disk that fails, for tests: file operations below a folder end with an error.

`failing_files.c` is compiled and preloaded into a command, where it stands between the
command, with TensorFlow in it, and the C library.
"""

import dataclasses
import errno
import pathlib
import signal
import subprocess

import numpy as np

_SOURCE = pathlib.Path(__file__).with_suffix(".c")

CALLS = ("write", "rename", "open", "fsync", "mkdir", "unlink")  # As in the source.
# In place of an error: a signal just before this very call.
KILL = -signal.SIGKILL
TERMINATE = -signal.SIGTERM


@dataclasses.dataclass(frozen=True)
class Fault:
    """Which file operations fail, and how.

    Attributes:
      call: One of CALLS, each a family: `open` is also `openat64` and `fopen`. With
        `nth=0` also `all`.
      nth: The first that fails, counted from 1 over all processes of the command; 0
        for none, only to count them.
      forever: Whether all that follow fail as well.
      named: Pattern of the path; `*.index` is all that ends so, in any folder.
      error: Number of the error, KILL or TERMINATE.
    """

    call: str
    nth: int = 1
    forever: bool = False
    named: str = "*"
    error: int = errno.EIO

    def environment(self, below: pathlib.Path, counter: pathlib.Path) -> dict[str, str]:
        """Returns the variables that arm the library, and sets the counter to zero.

        Args:
          below: Operations on this folder and what is below it are counted.
          counter: A file outside of it, which `count` reads.
        """
        counter.write_bytes(bytes(8 * len(CALLS)))
        return {
            "FAULT_CALL": self.call,
            "FAULT_BELOW": str(below.resolve()),
            "FAULT_NAMED": self.named,
            "FAULT_NTH": str(self.nth),
            "FAULT_MANY": "0" if self.forever else "1",
            "FAULT_ERRNO": str(self.error),
            "FAULT_COUNT": str(counter),
        }


def count(counter: pathlib.Path) -> dict[str, int]:
    """Returns for each call how many operations matched, failed ones included.

    Those of other calls than the fault's are not counted.
    """
    numbers = np.frombuffer(counter.read_bytes(), np.int64)
    return dict(zip(CALLS, numbers.tolist(), strict=True))


def compile_library(folder: pathlib.Path) -> dict[str, str]:
    """Compiles the library; returns the variable that preloads it."""
    library = folder / "failing_files.so"
    flags = ("-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror")
    subprocess.run(["cc", *flags, "-o", library, _SOURCE, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library)}
