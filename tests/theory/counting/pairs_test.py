"""Masks of single pairs against the cards of the deck."""

import itertools

import numpy as np
import pytest

from set_contrastive.games import registry
from set_contrastive.games.set_games import SetGame
from set_contrastive.theory.counting import key_words
from set_contrastive.theory.counting import pairs


def cards(num_attributes):
    """Keys of every card with or without wildcards, as bits."""
    found = set()
    for card in itertools.product(range(4), repeat=num_attributes):
        bits = 0
        for key, digits in enumerate(itertools.product(range(3), repeat=len(card))):
            if all(c in (3, d) for c, d in zip(card, digits, strict=True)):
                bits |= 1 << key
        found.add(bits)
    return found


@pytest.mark.parametrize(
    ("name", "num_attributes", "num_pairs", "uniform", "symmetric"),
    [
        ("wildcard_27", 3, 1, False, False),
        ("union_27", 3, 8, True, False),
        ("symdiff_27", 3, 8, True, True),
        ("union_81", 4, 8, True, False),
    ],
)
def test_set_games(name, num_attributes, num_pairs, uniform, symmetric):
    fold = pairs.of_game(registry.get(name))
    assert set(fold.masks) == cards(num_attributes)
    assert len(fold.masks) == 4**num_attributes
    assert (fold.num_keys, fold.num_pairs) == (3**num_attributes, num_pairs)
    assert (fold.uniform, fold.symmetric_difference) == (uniform, symmetric)


def test_plain_cards_only():
    fold = pairs.of_game(registry.get("set_27"))
    assert set(fold.masks) == {1 << key for key in range(27)}


@pytest.mark.parametrize("num_pairs", [1, 2, 5])
def test_the_number_of_pairs(num_pairs):
    game = SetGame("own", num_pairs=num_pairs, symmetric_difference=True)
    assert pairs.of_game(game).num_pairs == num_pairs


def test_other_games_do_not_fold():
    assert pairs.of_game(registry.get("shatter_27")) is None
    assert pairs.of_game(registry.get("shared_27")) is None


@pytest.mark.parametrize("num_keys", [1, 8, 27, 64, 65, 81])
def test_words_hold_a_bit_a_key(num_keys):
    masks = np.random.default_rng(0).random((50, num_keys)) < 0.5
    rows = key_words.pack(masks)
    assert rows.shape == (50, -(-num_keys // 64))
    for mask, row in zip(masks, rows, strict=True):
        expected = sum(1 << int(key) for key in np.flatnonzero(mask))
        assert sum(int(word) << 64 * w for w, word in enumerate(row)) == expected
        assert pairs.bits(mask) == expected


def test_distinct_rows():
    rows = np.array([[3, 1], [2, 1], [3, 1], [3, 0]], np.uint64)
    found, times = key_words.distinct(rows)
    assert dict(zip(map(tuple, found.tolist()), times.tolist(), strict=True)) == {
        (3, 0): 1,
        (2, 1): 1,
        (3, 1): 2,
    }
    assert [len(part) for part in key_words.distinct(rows[:0])] == [0, 0]
