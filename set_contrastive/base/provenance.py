"""Where a result comes from: command, commit, versions and machine."""

import datetime
import importlib.metadata
import os
import pathlib
import platform
import shlex
import subprocess
import sys
from typing import Any

import set_contrastive

_PACKAGES = ("tensorflow", "keras", "tensorflow-datasets", "numpy")


def describe() -> dict[str, Any]:
    """Returns what one needs to know to repeat what this process does."""
    return {
        "command": command(),
        "commit": commit(),
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {
            "set_contrastive": set_contrastive.__version__,
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in _PACKAGES},
        },
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": processor(),
            "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(
                os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1
            ),
        },
    }


def command() -> str:
    """Returns the command of this process, as one would type it."""
    main = sys.modules["__main__"]
    name = getattr(getattr(main, "__spec__", None), "name", None)
    started = [os.path.basename(sys.argv[0])]
    if name:
        started = ["-m", name.removesuffix(".__main__")]  # Of a package.
    return shlex.join(["python", *started, *sys.argv[1:]])


def commit() -> str:
    """Returns the commit of the checkout, `-modified` if files differ from it.

    `unknown` where the package does not come from a checkout with Git at hand.
    """
    root = pathlib.Path(__file__).parents[2]
    if not (root / ".git").exists():
        return "unknown"
    try:
        found = subprocess.run(
            ("git", "-C", str(root), "describe", "--always", "--exclude=*")
            + ("--abbrev=40", "--dirty=-modified"),
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()


def processor() -> str:
    """Returns the name of the processor, or its architecture where it has none."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if "model name" in line)
    return next(names, platform.machine())
