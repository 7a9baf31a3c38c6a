"""Texts of set games: read, written, refused, and listed whole."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games.set_games import SetGame
from tests.games.folded_words import NAMES
from tests.games.folded_words import TINY
from tests.games.folded_words import joined_cards
from tests.games.folded_words import matching_keys
from tests.games.folded_words import texts
from tests.games.folded_words import tiny_texts

# Texts.


@pytest.mark.parametrize("name", NAMES)
def test_texts_come_back_from_parse_and_format(name):
    game = registry.get(name)

    @settings(max_examples=50, deadline=None, derandomize=True)
    @given(texts(name), st.sampled_from([" ", "  ", "\t", " \n "]))
    def check(text, space):
        spaced = space + text.replace(" ", space) + space
        assert game.format(game.parse(spaced)) == text

    check()


@pytest.mark.parametrize("name", NAMES)
def test_queries_come_back_from_format_and_parse(name):
    game = registry.get(name)
    for query in game.sample(np.random.default_rng(10), 50):
        parsed = game.parse(game.format(query))
        assert parsed.dtype == np.int32
        assert parsed.tolist() == query.tolist()


def test_format_by_hand():
    game = registry.get("union_27").with_pairs(2)
    # Symbols 1 and 64 are the first and the last card, 43 is blue-solid-triangle.
    text = game.format(np.array([1, 64, 43, 1], np.int32))
    assert text == "red-void-square *-*-* | blue-solid-triangle red-void-square"


PAIR = "red-solid-circle green-void-square"


@pytest.mark.parametrize(
    ("name", "text", "place", "token"),
    [
        ("set_27", "", 1, "the end"),
        ("set_27", "red-solid-circle", 2, "the end"),
        ("set_27", f"{PAIR} |", 3, "|"),
        ("set_27", "red-solid-circle red-*-circle", 2, "red-*-circle"),
        ("set_27", "red-solid green-void-square", 1, "red-solid"),
        ("set_27", "red-solid-circle-one green-void-square", 1, "red-solid-circle-one"),
        ("set_27", "Red-solid-circle green-void-square", 1, "Red-solid-circle"),
        ("wildcard_27", "*-*-* red-?-circle", 2, "red-?-circle"),
        ("union_27", f"{PAIR} & {PAIR}", 3, "&"),
        ("union_27", f"{PAIR} ^ {PAIR}", 3, "^"),
        ("union_27", f"{PAIR} {PAIR}", 3, "red-solid-circle"),
        ("union_27", f"{PAIR} | *-solid-circle red-void-circle", 4, "*-solid-circle"),
        ("union_27", " | ".join([PAIR] * 7), 21, "the end"),
        ("union_27", " | ".join([PAIR] * 9), 24, "|"),
        ("symdiff_27", f"{PAIR} ^ ^", 4, "^"),
        ("symdiff_27", " ^ ".join([PAIR] * 8) + " ^", 24, "^"),
        ("union_81", PAIR, 1, "red-solid-circle"),
    ],
)
def test_parse_errors_name_the_token_and_its_place(name, text, place, token):
    with pytest.raises(UserError) as caught:
        registry.get(name).parse(text)
    assert isinstance(caught.value, ValueError)
    assert f"token {place} " in str(caught.value)
    assert f"got {token!r}" in str(caught.value)


# Listed games.


def listed(game):
    formatted = [game.format(query) for query in game.population()]
    assert len(set(formatted)) == len(formatted)
    return set(formatted)


def test_population_of_set_27():
    plain = joined_cards(3, wildcards=False)
    expected = set(map(" ".join, itertools.product(plain, plain)))
    assert len(expected) == 729
    assert listed(registry.get("set_27")) == expected


def test_population_of_wildcard_27():
    anything = joined_cards(3, wildcards=True)
    expected = set(map(" ".join, itertools.product(anything, anything)))
    assert len(expected) == 4096
    assert listed(registry.get("wildcard_27")) == expected


def test_population_of_two_pairs_of_one_attribute():
    game = SetGame("small", num_attributes=1, num_pairs=2, wildcards="second")
    plain, anything = joined_cards(1, wildcards=False), joined_cards(1, wildcards=True)
    cards = itertools.product(plain, anything, "|", plain, anything)
    assert listed(game) == set(map(" ".join, cards))


def test_population_leaves_out_queries_with_an_empty_subset():
    expected = {text for text in tiny_texts() if matching_keys(text)}
    # 3 * 4 pairs stand for each of 3 keys (3 pairs each) or for all keys (3 pairs):
    # 4 * 3 * 3 of the 2 * 144 queries are the symmetric difference of equal subsets.
    assert len(expected) == 2 * 144 - 36
    assert listed(TINY) == expected


@pytest.mark.parametrize("name", NAMES)
def test_only_small_games_are_listed(name):
    game = registry.get(name)
    small = name in ("set_27", "wildcard_27")
    assert game.spec.exhaustive == small
    assert (game.population() is not None) == small
