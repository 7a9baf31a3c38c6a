"""Names of games: `get("union_27")` returns the game, `names()` lists them all.

`get` imports the module of a game of your own and calls it, so it takes only names that
the user has typed. Names that stand in a file, which may come from anybody, go through
`from_file`.
"""

import functools
from collections.abc import Callable

from set_contrastive.base import named_code
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


def is_registered(name: str) -> bool:
    """Whether this is the name of one of the project's own games."""
    return name in _FACTORIES


def is_game(name: str) -> bool:
    """Whether a text has the form of a game's name, not of a data set's alone."""
    return is_registered(name) or ":" in name


@functools.cache
def get(name: str) -> game.Game:
    """Returns a game.

    Args:
      name: One of `names()`, or `package.module:factory` for a game of your own,
        where `factory()` returns a `Game`.

    Raises:
      ValueError: If there is no such game; lists the names.
    """
    if is_registered(name):
        return _FACTORIES[name]()
    if ":" not in name:
        raise UserError(
            f"unknown game {name!r}, expected one of {', '.join(names())}, "
            "or package.module:factory for your own"
        )
    factory = named_code.find("game", name)
    if not callable(factory):
        raise UserError(
            f"game {name!r} must be a function that makes a Game, got a "
            f"{type(factory).__name__}"
        )
    made = factory()
    if not isinstance(made, game.Game):
        raise UserError(f"game {name!r} must make a Game, got {type(made).__name__}")
    return made


def from_file(source: str, where: str, named: str | None = None) -> game.Game:
    """Returns the game that a file names, and imports nothing that only the file names.

    Args:
      source: What the file names, as `GameSpec.source`.
      where: What the file is, as an error calls it, such as `data set union_27`.
      named: The game or the data set that the user has named; None if neither. The
        name of a data set alone says nothing of its game.

    Raises:
      UserError: If the file names another game than the user, or the user named none
        and it is none of `names()`; says how to allow it.
    """
    if named is not None and is_game(named):
        asked = get(named)
        if source not in (named, asked.spec.source):
            raise UserError(f"{where} names the game {source!r}, asked was {named!r}")
        return asked
    if not is_registered(source):
        hint = f"; if you trust its code, name it yourself with --game={source}"
        raise UserError(
            f"{where} names the game {source!r}, which is none of "
            f"{', '.join(names())}{hint if ':' in source else ''}"
        )
    return get(source)
