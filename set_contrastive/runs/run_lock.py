"""The lock of a run folder: one process at a time writes there.

Training, evaluation and sweeps take the same lock. The kernel holds it for the process
(flock), so it is gone with the process however that ended; the file stays and says who
held it last. `filelock`, the common package for this, empties the file that it locks.
"""

import contextlib
import datetime
import fcntl
import json
import os
import pathlib
import socket
from collections.abc import Iterator

from set_contrastive.base import provenance
from set_contrastive.base.errors import UserError
from set_contrastive.base.errors import naming_file

_FILE = "lock"
_LONGEST = 64 * 1024  # More bytes than a command line of any use.


@contextlib.contextmanager
def hold(folder: pathlib.Path) -> Iterator[None]:
    """Holds the lock of a folder, which is made if it is missing.

    Args:
      folder: A run folder, or the folder of a study.

    Raises:
      UserError: If another process holds it; says which.
      OSError: If the lock file cannot be written, or its file system has no locks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _FILE
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        with naming_file(path):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = _describe(os.pread(handle, _LONGEST, 0))
                raise UserError(f"workdir {folder} is in use by {holder}") from None
            _note_holder(handle)
        yield
    finally:
        os.close(handle)  # Which lets go of the lock.


def _note_holder(handle: int) -> None:
    """Writes who holds the lock, for the one who comes second."""
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": provenance.command(),
    }
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(holder).encode() + b"\n", 0)


def _describe(content: bytes) -> str:
    try:
        holder = json.loads(content)
        return (
            f"process {holder['pid']} on {holder['host']} since {holder['since']}: "
            f"{holder['command']}"
        )
    except (ValueError, KeyError, TypeError):  # It has not written its name yet.
        return "another process"
