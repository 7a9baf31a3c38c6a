"""Runs commands one after another, each in a fork of a process that has TensorFlow.

Each command is a process of its own, with its own flags, exit code and output, but does
not spend five seconds on importing TensorFlow again.
"""

import ctypes
import json
import os
import runpy
import signal
import sys
import tempfile

import export.saved_model  # noqa: F401 - Imports all that commands import, once.

_LIMIT_S = 300  # A command that hangs is killed by SIGALRM.


def main() -> None:
    """Answers each `[environment, module, *arguments]` with `[code, output, errors]`.

    Both are lines of JSON. Variables of the environment are set for that command alone.
    """
    for line in sys.stdin:
        environment, module, *arguments = json.loads(line)
        with (
            tempfile.TemporaryFile("w+") as output,
            tempfile.TemporaryFile("w+") as error,
        ):
            child = os.fork()
            if child == 0:
                os.dup2(output.fileno(), 1)
                os.dup2(error.fileno(), 2)
                signal.alarm(_LIMIT_S)
                os.environ.update(environment)
                if "PYTHONPATH" in environment:  # Python itself read it at its start.
                    sys.path[:0] = environment["PYTHONPATH"].split(os.pathsep)
                if "FAULT_CALL" in environment:  # See failing_files.py.
                    ctypes.CDLL(None).arm_faults()
                sys.argv[1:] = arguments
                runpy.run_module(module, run_name="__main__", alter_sys=True)
            _, status = os.waitpid(child, 0)
            texts = [(stream.seek(0), stream.read())[1] for stream in (output, error)]
        print(json.dumps([os.waitstatus_to_exitcode(status), *texts]), flush=True)


if __name__ == "__main__":
    main()
