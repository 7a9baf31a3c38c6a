"""How much memory this process has."""

import os
import pathlib
import re


def resident_mib() -> float | None:
    """Returns what the process has in memory, in MiB; None where nobody tells."""
    try:
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def reset_peak() -> None:
    """Lets `peak_mib` start from what the process has now."""
    try:
        pathlib.Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def peak_mib() -> float | None:
    """Returns the most that the process had since `reset_peak`, in MiB, or None."""
    try:
        status = pathlib.Path("/proc/self/status").read_text()
    except OSError:
        return None
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 2**10 if found else None
