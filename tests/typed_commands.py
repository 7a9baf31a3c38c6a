"""Commands as a user types them, each a process of its own."""

import pathlib
import subprocess
import sys

_ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(module, *arguments):
    """Runs a module to its end; returns the exit code, the output and the errors."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=_ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = process.communicate(timeout=200)
    return process.returncode, output, errors
