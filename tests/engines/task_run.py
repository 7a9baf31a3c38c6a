"""Runs calls side by side as a command does; tasks_test.py starts it."""

import os
import pathlib
import signal
import sys
import time

import numpy as np

from set_contrastive.base import command_line
from set_contrastive.base.errors import UserError
from set_contrastive.engines import tasks


def product(folder):
    """Multiplies large matrices; returns the process and its number of threads."""
    del folder
    square = np.ones((1000, 1000), np.float32) @ np.ones((1000, 1000), np.float32)
    threads = len(os.listdir("/proc/self/task"))
    return os.getpid(), threads, float(square[0, 0])


def wait(folder):
    """Leaves a file by the name of the process, and waits."""
    (pathlib.Path(folder) / str(os.getpid())).touch()
    time.sleep(120)


def die(folder):
    """Ends as a process that takes too much memory is ended."""
    del folder
    os.kill(os.getpid(), signal.SIGKILL)


def fill(folder):
    """Asks for more memory than there is."""
    del folder
    np.ones(2**60, np.uint8)


def refuse(folder):
    """Raises what a user can mend."""
    raise UserError(f"folder must be another one, got {folder}")


def start(name, folder, preload="", ray=""):
    """Calls one of the functions twice and prints what they return."""

    def main(argv):
        del argv
        work, options = globals()[name], {"parallel": 2, "preload": preload.split()}
        if ray:
            options = {"engine": "ray", "ray_address": ray}
        for _, found in tasks.run(work, [folder] * 2, **options):
            print(*found)

    # A shell has what it starts in the background ignore Ctrl-C, tests included.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["task_run.py"]
    command_line.run(main)
