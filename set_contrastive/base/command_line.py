"""How every command starts and ends: flags, and one line for a user's error."""

import os
import pathlib
import select
import signal
import sys
from collections.abc import Callable

from absl import app
from absl import flags
from absl import logging

from set_contrastive.base import failures
from set_contrastive.base.errors import InterruptedRunError
from set_contrastive.base.errors import UserError

_INTERRUPTED = 128 + signal.SIGINT
_NOBODY_READS = 128 + signal.SIGPIPE  # As shells say of others that it ends.


def run(main: Callable[[list[str]], object]) -> None:
    """Parses flags, calls `main` and exits.

    An error that the user can mend ends the process with exit code 1 and one line on
    standard error; any other one is a defect and shows its trace. A reader that has
    enough, such as `head`, ends it without a word.

    Args:
      main: The command; its result is ignored.
    """

    def guarded(argv: list[str]) -> int:
        try:
            if len(argv) > 1:
                raise UserError(f"expected flags only, got the argument {argv[1]!r}")
            sys.path.insert(0, os.getcwd())  # For games of the user's own.
            main(argv)
            print(end="", flush=True)  # Here, where its errors are told.
        except KeyboardInterrupt:
            _fail("interrupted")
            return _INTERRUPTED
        except Exception as error:
            if isinstance(error, BrokenPipeError) and _nobody_reads():
                return _NOBODY_READS
            message = failures.describe(error)
            if message is None:
                raise
            _fail(message)
            return _INTERRUPTED if isinstance(error, InterruptedRunError) else 1
        return 0

    app.run(guarded, flags_parser=_parse_flags)


def _parse_flags(argv: list[str]) -> list[str]:
    try:
        rest: list[str] = flags.FLAGS(argv)
    except flags.Error as error:
        sys.exit(_fail(str(error)))
    if flags.FLAGS["verbosity"].using_default_value:
        # Otherwise absl sets INFO, and TFDS tells of each file that it opens.
        logging.set_verbosity(logging.WARNING)
    return rest


def _nobody_reads() -> bool:
    """Whether the reader of standard output has gone; what is left goes nowhere then.

    A pipe may break elsewhere, as between processes of a sweep: that is an error.
    """
    output = select.poll()
    output.register(1, 0)
    if not any(event & select.POLLERR for _, event in output.poll(0)):
        return False
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # Else Python fails to flush what is left, at its end.
    os.close(nowhere)
    return True


def _fail(message: str) -> int:
    one_line = " ".join(message.split())
    program = pathlib.Path(sys.argv[0])
    name = program.parent.name if program.name == "__main__.py" else program.name
    print(f"{name}: error: {one_line}", file=sys.stderr)
    return 1
