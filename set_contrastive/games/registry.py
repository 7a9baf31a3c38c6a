"""Names of games: `get("union_27")` returns the game, `names()` lists them all."""

import functools
import importlib
from collections.abc import Callable

from set_contrastive.base.errors import UserError
from set_contrastive.games import game
from set_contrastive.games import set_games
from set_contrastive.games import shared
from set_contrastive.games import shatter

_FACTORIES: dict[str, Callable[[], game.Game]] = {
    "set_27": lambda: set_games.SetGame("set_27"),
    "shared_27": lambda: shared.SharedGame(3, 3),
    "wildcard_27": lambda: set_games.SetGame("wildcard_27", wildcards="both"),
    "union_27": lambda: set_games.SetGame("union_27", num_pairs=8, wildcards="second"),
    "symdiff_27": lambda: set_games.SetGame(
        "symdiff_27", num_pairs=8, wildcards="second", symmetric_difference=True
    ),
    "shatter_27": lambda: shatter.ShatterGame(27),
    "union_81": lambda: set_games.SetGame(
        "union_81", num_attributes=4, num_pairs=8, wildcards="second"
    ),
}


def names() -> tuple[str, ...]:
    """Returns the names of the project's own games, the simplest first."""
    return tuple(_FACTORIES)


@functools.cache
def get(name: str) -> game.Game:
    """Returns a game.

    Args:
      name: One of `names()`, or `package.module:factory` for a game of your own,
        where `factory()` returns a `Game`.

    Raises:
      ValueError: If there is no such game; lists the names.
    """
    if name in _FACTORIES:
        return _FACTORIES[name]()
    module, colon, factory = name.partition(":")
    if not colon:
        raise UserError(
            f"unknown game {name!r}, expected one of {', '.join(names())}, "
            "or package.module:factory for your own"
        )
    try:
        make = getattr(importlib.import_module(module), factory)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise UserError(f"game {name!r} cannot be imported: {error}") from error
    made = make()
    if not isinstance(made, game.Game):
        raise UserError(f"game {name!r} must make a Game, got {type(made).__name__}")
    return made
