"""The shared game against Python sets of words."""

import itertools

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games.shared import SharedGame

GAME = registry.get("shared_27")
SIZES = ((2, 2), (2, 3), (2, 5), (3, 2), (3, 3), (4, 3))


def matching_keys(game, text):
    """The keys that have a word which both cards have at the same place."""
    first, second = (card.split("-") for card in text.split())
    shared = {(a, word) for a, word in enumerate(first) if second[a] == word}
    return {key for key in game.keys if shared & set(enumerate(key.split("-")))}


def answer(game, query):
    (mask,) = game.answer(query[None])
    return {key for key, matches in zip(game.keys, mask, strict=True) if matches}


@pytest.mark.parametrize("size", SIZES)
def test_every_pair_of_cards(size):
    game = SharedGame(*size)
    expected = {
        frozenset(pair): matching_keys(game, " ".join(pair))
        for pair in itertools.combinations(game.keys, 2)
    }
    pairs = game.pairs_of_cards()
    assert pairs.dtype == np.int32
    assert len(pairs) == game.num_pairs_of_cards == len(expected)
    found = {
        frozenset(game.format(query).split()): answer(game, query) for query in pairs
    }
    assert found == expected
    listed = {frozenset(game.format(q).split()) for q in game.population()}
    assert listed == {pair for pair, keys in expected.items() if keys}


def test_by_hand():
    query = GAME.parse("red-void-square red-solid-square")
    found = answer(GAME, query)
    assert len(found) == 9 + 9 - 3  # All red ones and all squares.
    assert all("red" in key or "square" in key for key in found)
    assert answer(GAME, query[::-1]) == found
    nothing = GAME.parse("red-void-square blue-solid-circle")
    assert answer(GAME, nothing) == set()


def test_numbers_of_queries():
    # Each of 27 cards shares nothing with 2^3 others.
    assert GAME.num_pairs_of_cards == 351
    assert len(GAME.population()) == 351 - 27 * 8 // 2
    assert GAME.spec.exhaustive


def test_samples_are_uniform_over_the_population():
    drawn = GAME.sample(np.random.default_rng(0), 100_000)
    assert (drawn[:, 0] < drawn[:, 1]).all()
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    listed = np.unique(GAME.population(), axis=0)
    np.testing.assert_array_equal(found, listed)
    expected = len(drawn) / len(listed)
    statistic = ((counts - expected) ** 2 / expected).sum()
    assert statistic < len(listed) + 6 * np.sqrt(2 * len(listed)) + 10


def test_many_queries_are_not_listed():
    game = SharedGame(2, 14)
    assert not game.spec.exhaustive
    assert game.population() is None
    assert game.answer(game.sample(np.random.default_rng(0), 100)).any(axis=1).all()


@pytest.mark.parametrize(
    ("size", "name"), [((3, 3), "shared_27"), ((4, 3), "shared_81"), ((2, 5), None)]
)
def test_names(size, name):
    spec = SharedGame(*size).spec
    assert spec.name == spec.source == (name or "shared_2_by_5")
    spec = SharedGame(*size, name="mine", source="my.module:make").spec
    assert (spec.name, spec.source) == ("mine", "my.module:make")


def test_parse_is_the_reverse_of_format():
    for query in GAME.population():
        np.testing.assert_array_equal(GAME.parse(GAME.format(query)), query)
        backwards = " ".join(reversed(GAME.format(query).split()))
        np.testing.assert_array_equal(GAME.parse(backwards), query)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "two cards, got 0 tokens"),
        ("red-void-square " * 3, "two cards, got 3 tokens"),
        ("red-void-square red-*-square", r"token 2 .* got 'red-\*-square'"),
        ("red-void-square red-void-square", "token 2 .*comes twice"),
    ],
)
def test_bad_texts(text, named):
    with pytest.raises(UserError, match=named):
        GAME.parse(text)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ([1, 4], "place 1: expected a card without wildcards, got symbol 4"),
        ([0, 1], "place 0: expected a card without wildcards, got symbol 0"),
        ([1, 1], "two distinct cards, got symbol 1 twice"),
        ([1, 65], "0 to 64"),
        ([1], r"shape \[n, 2\]"),
    ],
)
def test_bad_queries(query, named):
    with pytest.raises(UserError, match=named):
        GAME.answer(np.array([query], np.int32))


@pytest.mark.parametrize("size", [(1, 3), (3, 1), (0, 0)])
def test_a_deck_whose_cards_share_nothing(size):
    with pytest.raises(UserError, match=f"got num_attributes={size[0]}"):
        SharedGame(*size)
