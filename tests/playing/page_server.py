"""The command `play` as a process whose home and temporary folder are its own."""

import contextlib
import dataclasses
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class PageServer:
    """A page that is served.

    Attributes:
      address: Its address.
      process: The process.
      folder: Has `home`, `cwd` and `tmp`, which are its folders.
    """

    address: str
    process: "subprocess.Popen[str]"
    folder: pathlib.Path

    @property
    def port(self):
        return int(self.address.rstrip("/").rpartition(":")[2])

    def written(self):
        """Returns the names of all that is in the folders."""
        return sorted(
            f"{name}/{path.name}"
            for name in ("home", "cwd", "tmp")
            for path in (self.folder / name).iterdir()
        )

    def stop(self):
        """Ends it as `kill` does and returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextlib.contextmanager
def serve(folder, *flags):
    """Yields a page that answers, and stops it."""
    for name in ("home", "cwd", "tmp"):
        (folder / name).mkdir(parents=True)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GRADIO_", "XDG_", "MPL", "HF_"))
    }
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", "set_contrastive.play", *flags],
        cwd=folder / "cwd",
        env={
            **environment,
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("Open http://"), line
        yield PageServer(line.split()[1], process, folder)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
