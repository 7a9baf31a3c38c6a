"""Another command of the project as a process of its own, in a folder of its own.

So it can be stopped, its memory is given back, and its signals are its own.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from set_contrastive.base.errors import UserError

_PACKAGE = pathlib.Path(__file__).parents[2]
_POLL_S = 0.5
_PATIENCE_S = 10.0


def run(module: str, arguments: Sequence[str], folder: pathlib.Path) -> Iterator[str]:
    """Runs a command and yields, twice a second, the last line that it has told.

    A caller that stops listening ends the command.

    Args:
      module: The command, such as `set_contrastive.advise`.
      arguments: Its flags.
      folder: Where it runs, and writes all that it writes.

    Raises:
      UserError: If it fails, with the line that it said.
    """
    log = folder / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-B", "-m", module, *arguments],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while process.poll() is None:
            yield _last_line(log)
            time.sleep(_POLL_S)
    finally:
        _end(process)
    if process.returncode:
        raise UserError(_last_line(log).partition("error: ")[2] or "the command failed")


def _environment(folder: pathlib.Path) -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(_PACKAGE), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "TMPDIR": str(folder)}


def _last_line(log: pathlib.Path) -> str:
    """Returns the last line, without folders, which mean nothing to others."""
    lines = log.read_text(errors="replace").replace("\r", "\n").split("\n")
    told = [line.strip() for line in lines if line.strip()]
    return told[-1].replace(f"{log.parent}{os.sep}", "") if told else ""


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ends the process and those that it started, kindly at first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE_S)
