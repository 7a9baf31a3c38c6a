"""How the text of a query is written, as data that other programs can follow.

`Game.parse` is the rule; a grammar lets an exported scorer parse without Python.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Place:
    """One place of a text.

    Attributes:
      tokens: The tokens that may stand there.
      symbols: The query symbol of each token; empty if the place is no symbol of the
        query, such as an operator that is always the same.
    """

    tokens: tuple[str, ...]
    symbols: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Places:
    """Texts of a fixed number of tokens, each from a list of its own."""

    places: tuple[Place, ...]


@dataclasses.dataclass(frozen=True)
class AnyOrder:
    """Texts that list tokens of the vocabulary in any order, each at most once.

    The query is their symbols in rising order, then padding.
    """


Grammar = Places | AnyOrder
