"""Decks of cards: attributes, values, card symbols and the third card of a set."""

import dataclasses
import functools

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError

IntArray = npt.NDArray[np.int32]

WILDCARD = "*"
_SEPARATOR = "-"


@dataclasses.dataclass(frozen=True)
class Attribute:
    """One property of a card, such as its color, and the values it can take."""

    name: str
    values: tuple[str, ...]


_SET_ATTRIBUTES = (
    Attribute("color", ("red", "green", "blue")),
    Attribute("fill", ("void", "dashed", "solid")),
    Attribute("shape", ("square", "circle", "triangle")),
    Attribute("count", ("one", "two", "three")),
)


@dataclasses.dataclass(frozen=True)
class Deck:
    """All cards over `A` attributes with `V` values each.

    A *key* is a card without wildcards. The `K = V^A` keys are numbered with the
    first attribute as the most significant digit. A *card symbol* stands for any
    card, wildcards included: `1 + n`, where `n` is the number whose `A` digits in
    base `V + 1` are the card's values, the digit `V` being the wildcard. Symbol 0
    is left free for padding.

    Attributes:
      attributes: The attributes, all with the same number of values.

    Raises:
      ValueError: If there is no attribute, or their numbers of values differ.
    """

    attributes: tuple[Attribute, ...]

    def __post_init__(self) -> None:
        sizes = {len(attribute.values) for attribute in self.attributes}
        if len(sizes) != 1:
            raise UserError(
                "attributes must be one or more with equal numbers of values, got "
                f"{[(a.name, len(a.values)) for a in self.attributes]}"
            )

    @classmethod
    def of_set(cls, num_attributes: int) -> "Deck":
        """Returns the deck of SET with `num_attributes` attributes of 3 values.

        The first four are color, fill, shape and count; further ones are made up.
        """
        if num_attributes < 1:
            raise UserError(f"num_attributes must be at least 1, got {num_attributes}")
        further = (
            Attribute(f"attribute{i}", tuple(f"a{i}{value}" for value in "xyz"))
            for i in range(len(_SET_ATTRIBUTES) + 1, num_attributes + 1)
        )
        return cls((*_SET_ATTRIBUTES[:num_attributes], *further))

    @classmethod
    def of_size(cls, num_attributes: int, num_values: int) -> "Deck":
        """Returns a deck of `num_attributes` attributes with `num_values` values each.

        With 3 values it is the deck of SET; otherwise all names are made up: value 2
        of the first attribute is `a1v2`.
        """
        if num_values < 1:
            raise UserError(f"num_values must be at least 1, got {num_values}")
        deck = cls.of_set(num_attributes)
        if num_values == deck.num_values:
            return deck
        return cls(
            tuple(
                Attribute(
                    f"attribute{i}",
                    tuple(f"a{i}v{value}" for value in range(1, num_values + 1)),
                )
                for i in range(1, num_attributes + 1)
            )
        )

    @property
    def num_values(self) -> int:
        """Number of values of an attribute, `V`."""
        return len(self.attributes[0].values)

    @property
    def num_keys(self) -> int:
        """Number of cards without wildcards, `K = V^A`."""
        return int(self.num_values ** len(self.attributes))

    @property
    def num_cards(self) -> int:
        """Number of cards with or without wildcards, `(V + 1)^A`."""
        return int((self.num_values + 1) ** len(self.attributes))

    @functools.cached_property
    def digits(self) -> npt.NDArray[np.int8]:
        """Value numbers of each card symbol, `[1 + num_cards, A]`; padding has -1."""
        base = self.num_values + 1
        numbers = np.arange(self.num_cards)[:, None]
        digits = numbers // self._place_values % base
        return np.vstack([np.full_like(digits[:1], -1), digits]).astype(np.int8)

    @functools.cached_property
    def _place_values(self) -> IntArray:
        exponents = np.arange(len(self.attributes))[::-1]
        return ((self.num_values + 1) ** exponents).astype(np.int32)

    @functools.cached_property
    def cards(self) -> tuple[str, ...]:
        """Text of each card symbol, `red-*-circle`; that of padding is empty."""
        names = [(*attribute.values, WILDCARD) for attribute in self.attributes]
        texts = (
            _SEPARATOR.join(names[a][digit] for a, digit in enumerate(card))
            for card in self.digits[1:]
        )
        return ("", *texts)

    @functools.cached_property
    def attribute_table(self) -> tuple[tuple[int, ...], ...]:
        """Numbers of each card symbol's values, `[1 + num_cards, A]`; padding has 0.

        Values, the wildcard among them, are numbered across attributes from 1, so that
        each can have an embedding of its own.
        """
        offsets = 1 + np.arange(len(self.attributes)) * (self.num_values + 1)
        table = np.where(self.digits < 0, 0, self.digits + offsets)
        return tuple(tuple(map(int, row)) for row in table)

    @functools.cached_property
    def key_symbols(self) -> IntArray:
        """Card symbol of each key, `[K]`."""
        plain = (self.digits[1:] < self.num_values).all(axis=1)
        return (1 + np.flatnonzero(plain)).astype(np.int32)

    @functools.cached_property
    def covered_keys(self) -> npt.NDArray[np.bool_]:
        """Which keys each card symbol stands for, `[1 + num_cards, K]`."""
        keys = self.digits[self.key_symbols]
        agrees = self.digits[:, None, :] == keys
        covered: npt.NDArray[np.bool_] = (
            agrees | (self.digits[:, None, :] == self.num_values)
        ).all(axis=2)
        return covered

    def third_card(self, first: IntArray, second: IntArray) -> IntArray:
        """Completes pairs of cards to sets of three.

        Attribute by attribute the third card takes the value that both have, the
        remaining value where they differ, and any value (the wildcard) where either
        is a wildcard.

        Args:
          first: Card symbols, of any shape, none of them padding.
          second: Card symbols of the same shape.

        Returns:
          Card symbols of that shape.

        Raises:
          ValueError: If the attributes do not have 3 values.
        """
        if self.num_values != 3:
            raise UserError(
                "the third card needs attributes of 3 values, got "
                f"{self.num_values} values"
            )
        third = np.ones(np.shape(first), np.int32)
        for attribute, place_value in enumerate(self._place_values):
            column = self.digits[:, attribute]
            third += _THIRD_VALUE[column[first], column[second]] * place_value
        return third


# Third value of two values 0, 1, 2; 3 is the wildcard.
_THIRD_VALUE = np.array(
    [[0, 2, 1, 3], [2, 1, 0, 3], [1, 0, 2, 3], [3, 3, 3, 3]], np.int32
)
