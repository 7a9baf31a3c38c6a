"""The error that a user can mend."""


class UserError(ValueError):
    """Wrong input from outside; commands print its message as one line and exit 1.

    The message names the argument, what was expected and what came.
    """
