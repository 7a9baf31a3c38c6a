"""Cards, keys and third cards against a reading of their texts."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from set_contrastive.base.errors import UserError
from set_contrastive.games.deck import Attribute
from set_contrastive.games.deck import Deck

# Written out again here, so that a slip in the deck's own table shows.
COLORS = ("red", "green", "blue")
FILLS = ("void", "dashed", "solid")
SHAPES = ("square", "circle", "triangle")
COUNTS = ("one", "two", "three")
VALUES = (COLORS, FILLS, SHAPES, COUNTS)


def third_text(first, second):
    """The third card worked out from the words of two cards."""
    third = []
    for a, b, values in zip(first.split("-"), second.split("-"), VALUES, strict=False):
        if "*" in (a, b):
            third.append("*")
        elif a == b:
            third.append(a)
        else:
            (remaining,) = set(values) - {a, b}
            third.append(remaining)
    return "-".join(third)


def covers(card, key):
    words = zip(card.split("-"), key.split("-"), strict=True)
    return all(a in ("*", b) for a, b in words)


def all_texts(*values):
    return ["-".join(words) for words in itertools.product(*values)]


def with_wildcard(*values):
    return [(*words, "*") for words in values]


def key_texts(deck):
    return [deck.cards[symbol] for symbol in deck.key_symbols]


@pytest.mark.parametrize("num_attributes", [1, 2, 3, 4])
def test_keys_are_numbered_with_the_first_attribute_most_significant(num_attributes):
    deck = Deck.of_set(num_attributes)
    assert deck.num_keys == 3**num_attributes
    assert key_texts(deck) == all_texts(*VALUES[:num_attributes])


def test_key_numbers_by_hand():
    names = key_texts(Deck.of_set(3))
    assert names[0] == "red-void-square"
    assert names[1] == "red-void-circle"
    assert names[3] == "red-dashed-square"
    assert names[9] == "green-void-square"
    assert names[26] == "blue-solid-triangle"
    assert names[1 * 9 + 2 * 3 + 0] == "green-solid-square"


@pytest.mark.parametrize("num_attributes", [1, 2, 3, 4])
def test_symbols_list_all_cards_after_padding(num_attributes):
    deck = Deck.of_set(num_attributes)
    expected = all_texts(*with_wildcard(*VALUES[:num_attributes]))
    assert deck.num_cards == 4**num_attributes
    assert list(deck.cards) == ["", *expected]


def test_symbol_number_by_hand():
    # Digits 1, 3 (the wildcard) and 2 in base 4, and one more for padding.
    symbol = 1 + 1 * 16 + 3 * 4 + 2
    deck = Deck.of_set(3)
    assert deck.cards[symbol] == "green-*-triangle"
    assert deck.digits[symbol].tolist() == [1, 3, 2]
    assert deck.digits[0].tolist() == [-1, -1, -1]


@pytest.mark.parametrize("num_attributes", [1, 3, 4])
def test_covered_keys_are_those_whose_words_agree(num_attributes):
    deck = Deck.of_set(num_attributes)
    keys = key_texts(deck)
    for symbol, card in enumerate(deck.cards):
        expected = [symbol > 0 and covers(card, key) for key in keys]
        assert deck.covered_keys[symbol].tolist() == expected, card


def test_third_card_of_every_pair_of_three_attributes():
    deck = Deck.of_set(3)
    pairs = np.array(list(itertools.product(range(1, 65), repeat=2)), np.int32)
    thirds = deck.third_card(pairs[:, 0], pairs[:, 1])
    for (first, second), third in zip(pairs, thirds, strict=True):
        expected = third_text(deck.cards[first], deck.cards[second])
        assert deck.cards[third] == expected


@given(st.data())
def test_third_card_of_four_attributes(data):
    deck = Deck.of_set(4)
    first, second = (
        "-".join(data.draw(st.tuples(*map(st.sampled_from, with_wildcard(*VALUES)))))
        for _ in range(2)
    )
    symbols = np.array(
        [[deck.cards.index(first)], [deck.cards.index(second)]], np.int32
    )
    (third,) = deck.third_card(*symbols)
    assert deck.cards[third] == third_text(first, second)


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        ("red-void-square", "red-void-square", "red-void-square"),
        ("red-void-square", "green-dashed-circle", "blue-solid-triangle"),
        ("red-void-square", "red-dashed-square", "red-solid-square"),
        ("red-*-square", "*-void-circle", "*-*-triangle"),
        ("*-*-*", "red-void-square", "*-*-*"),
        ("*-*-*", "*-*-*", "*-*-*"),
    ],
)
def test_third_card_by_hand(first, second, third):
    deck = Deck.of_set(3)
    symbols = (np.int32(deck.cards.index(card)) for card in (first, second))
    assert deck.cards[int(deck.third_card(*symbols))] == third


def test_third_card_keeps_the_shape_of_its_arguments():
    deck = Deck.of_set(3)
    ones = np.ones((5, 2, 3), np.int32)
    assert deck.third_card(ones, ones).shape == (5, 2, 3)


def test_further_attributes_have_names_of_their_own():
    deck = Deck.of_set(6)
    words = [word for attribute in deck.attributes for word in attribute.values]
    assert deck.num_keys == 729
    assert len({attribute.name for attribute in deck.attributes}) == 6
    assert len(set(words)) == 18
    assert not any("-" in word or " " in word or "*" in word for word in words)


def test_a_deck_of_any_size():
    assert Deck.of_size(3, 3) == Deck.of_set(3)
    deck = Deck.of_size(2, 5)
    assert (deck.num_keys, deck.num_cards) == (25, 36)
    expected = all_texts(*([f"a{i}v{v}" for v in range(1, 6)] for i in (1, 2)))
    assert key_texts(deck) == expected
    assert Deck.of_size(3, 1).num_keys == 1


@pytest.mark.parametrize(
    ("size", "named"),
    [((0, 5), "num_attributes .* got 0"), ((2, 0), "num_values .* got 0")],
)
def test_a_size_below_one_is_refused(size, named):
    with pytest.raises(UserError, match=named):
        Deck.of_size(*size)


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ((), r"\[\]"),
        (
            (Attribute("color", COLORS), Attribute("size", ("big", "small"))),
            r"\('size', 2\)",
        ),
    ],
)
def test_unequal_attributes_are_refused(attributes, named):
    with pytest.raises(UserError, match=named):
        Deck(attributes)


@pytest.mark.parametrize("num_attributes", [0, -1])
def test_a_deck_needs_an_attribute(num_attributes):
    with pytest.raises(UserError, match=f"num_attributes .* got {num_attributes}"):
        Deck.of_set(num_attributes)


def test_the_third_card_needs_three_values():
    deck = Deck((Attribute("size", ("big", "small")),))
    card = np.array([1], np.int32)
    with pytest.raises(UserError, match="3 values, got 2 values"):
        deck.third_card(card, card)
