"""Code of a user's own, by the name that she has typed: `package.module:attribute`."""

import importlib
from typing import Any

from set_contrastive.base.errors import UserError


def find(argument: str, name: str) -> Any:
    """Imports a module and returns its attribute.

    Never for a name that only a file holds: files may come from anybody.

    Args:
      argument: What the user calls it, such as `game`.
      name: The name, `package.module:attribute`.

    Raises:
      UserError: If there is no such module or attribute.
    """
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise UserError(f"{argument} {name!r} cannot be imported: {error}") from error
