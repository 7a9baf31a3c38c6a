"""Errors that a user can mend."""

import contextlib
import pathlib
from collections.abc import Iterator


class UserError(ValueError):
    """Wrong input from outside; commands print its message as one line and exit 1.

    The message names the argument, what was expected and what came.
    """


class InterruptedRunError(Exception):
    """A signal stopped a run whose state is saved; the message says how to go on."""


@contextlib.contextmanager
def naming_file(path: pathlib.Path) -> Iterator[None]:
    """Names the file in an OSError that does not, such as that of a write."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
