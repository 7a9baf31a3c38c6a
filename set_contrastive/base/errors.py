"""Errors that a user can mend."""


class UserError(ValueError):
    """Wrong input from outside; commands print its message as one line and exit 1.

    The message names the argument, what was expected and what came.
    """


class InterruptedRunError(Exception):
    """A signal stopped a run whose state is saved; the message says how to go on."""
