"""Looking a name up among those that are known."""

from collections.abc import Mapping
from typing import TypeVar

from set_contrastive.base.errors import UserError

T = TypeVar("T")


def choose(argument: str, name: str, known: Mapping[str, T]) -> T:
    """Returns what a name stands for.

    Args:
      argument: What the user calls it, such as `objective`.
      name: The name.
      known: All names and what they stand for.

    Raises:
      UserError: If the name is not known; lists those that are.
    """
    try:
        return known[name]
    except KeyError:
        raise UserError(
            f"{argument} must be one of {', '.join(known)}, got {name!r}"
        ) from None
