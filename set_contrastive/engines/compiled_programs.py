"""Compiled programs that the cells of a study share, on disk.

XLA compiles the training step of each length of the queries anew in each process. What
differs between cells in the seed or the game alone has the same program.
"""

import hashlib
import importlib.metadata
import os
import pathlib
import platform

_FLAGS = "TF_XLA_FLAGS"
_DIRECTORY = "--tf_xla_persistent_cache_directory"


def share(workdir: pathlib.Path) -> None:
    """Lets the processes started from now on keep their programs in a study's folder.

    TensorFlow writes a file per program, of some megabytes, under another name until it
    is complete. They may be deleted at any time. A directory that the user has set in
    TF_XLA_FLAGS is left as it is.

    Args:
      workdir: The study's folder.
    """
    flags = os.environ.get(_FLAGS, "")
    if _DIRECTORY not in flags:
        folder = workdir.absolute() / "compiled_programs" / _machine()
        os.environ[_FLAGS] = f"{flags} {_DIRECTORY}={folder}".strip()


def _machine() -> str:
    """Returns what a program is compiled for: another machine may not run it."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = [platform.processor()]
    features = sorted(
        {line for line in lines if line.startswith(("flags", "Features"))}
    )
    digest = hashlib.sha256("\n".join(features or lines[:1]).encode()).hexdigest()
    version = importlib.metadata.version("tensorflow")
    return f"tensorflow-{version}-{platform.machine()}-{digest[:12]}"
