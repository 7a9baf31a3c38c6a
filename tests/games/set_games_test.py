"""Answers of set games against Python sets of words, folded by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games.set_games import SetGame
from tests.games.folded_words import NAMES
from tests.games.folded_words import WITH_PAIRS
from tests.games.folded_words import answer
from tests.games.folded_words import matching_keys
from tests.games.folded_words import texts

FOLD = SetGame("fold", num_pairs=3, wildcards="both", symmetric_difference=True)


# Answers.


@pytest.mark.parametrize("name", NAMES)
def test_answer_of_sampled_queries(name):
    game = registry.get(name)
    queries = game.sample(np.random.default_rng(7), 200)
    masks = game.answer(queries)
    for query, mask in zip(queries, masks, strict=True):
        names = {game.keys[key] for key in np.flatnonzero(mask)}
        assert names == matching_keys(game.format(query))


@pytest.mark.parametrize("name", NAMES)
def test_answer_of_any_text(name):
    game = registry.get(name)

    @settings(max_examples=50, deadline=None, derandomize=True)
    @given(texts(name))
    def check(text):
        assert answer(game, game.parse(text)) == matching_keys(text)

    check()


def test_answer_of_symbols_by_hand():
    # red-void-square is number 0 and so symbol 1; green-*-square has the digits
    # 1, 3, 0 in base 4 and so symbol 29. Their third card is blue-*-square.
    (mask,) = registry.get("wildcard_27").answer(np.array([[1, 29]], np.int32))
    assert np.flatnonzero(mask).tolist() == [18, 21, 24]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("red-void-square red-void-square", {"red-void-square"}),
        ("red-void-square green-dashed-circle", {"blue-solid-triangle"}),
        (
            "red-*-square red-void-circle",
            {"red-void-triangle", "red-dashed-triangle", "red-solid-triangle"},
        ),
        (
            "red-*-square green-*-circle",
            {"blue-void-triangle", "blue-dashed-triangle", "blue-solid-triangle"},
        ),
    ],
)
def test_wildcard_answer_by_hand(text, keys):
    game = registry.get("wildcard_27")
    assert answer(game, game.parse(text)) == keys


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("red-*-square *-void-circle", 9),  # Wildcards of both sides count.
        ("*-*-square red-void-*", 27),
        ("*-*-* red-void-square", 27),
        ("*-*-* *-*-*", 27),
    ],
)
def test_wildcard_answer_sizes_by_hand(text, size):
    game = registry.get("wildcard_27")
    assert len(answer(game, game.parse(text))) == size


# The pair `A A` stands for the key A alone.
A = "red-void-square red-void-square"
B = "blue-solid-circle blue-solid-circle"
ALL = "*-*-* *-*-*"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        # (A | A) ^ A is empty, A | (A ^ A) is A.
        (f"{A} | {A} ^ {A}", set()),
        # (A ^ A) | A is A, A ^ (A | A) is empty.
        (f"{A} ^ {A} | {A}", {"red-void-square"}),
        (f"{A} | {B} ^ {A}", {"blue-solid-circle"}),
        (f"{A} ^ {B} | {A}", {"red-void-square", "blue-solid-circle"}),
        (f"{A} ^ {B} ^ {B}", {"red-void-square"}),
        (f"{ALL} ^ {ALL} | {B}", {"blue-solid-circle"}),
    ],
)
def test_operators_are_folded_left_to_right(text, keys):
    assert answer(FOLD, FOLD.parse(text)) == keys


def test_equal_pairs_count_once_in_a_union():
    game = registry.get("union_27")
    text = " | ".join([A] * 8)
    assert answer(game, game.parse(text)) == {"red-void-square"}


def test_answer_of_no_queries():
    empty = np.empty((0, 23), np.int32)
    assert registry.get("symdiff_27").answer(empty).shape == (0, 27)


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        (np.ones((2, 22), np.int32), r"\[n, 23\], got \[2, 22\]"),
        (np.ones(23, np.int32), r"\[n, 23\], got \[23\]"),
        (np.ones((1, 23)), "integers, got float64"),
        (np.full((1, 23), 67), "0 to 66, got 67 to 67"),
        (np.full((1, 23), -1), "0 to 66, got -1 to -1"),
        (np.ones((1, 23), np.int32), "query 0, symbol 3: expected an operator, got"),
        (np.full((1, 23), 65), "query 0, symbol 1: expected a card, got symbol 65"),
        (
            np.zeros((1, 23), np.int32),
            "query 0, symbol 1: expected a card, got symbol 0",
        ),
    ],
)
def test_wrong_queries_are_refused(queries, message):
    with pytest.raises(UserError, match=message):
        registry.get("symdiff_27").answer(queries)


# Specifications.


@pytest.mark.parametrize("name", NAMES)
def test_attribute_table_gives_each_word_one_number(name):
    spec = registry.get(name).spec
    numbers = {}
    for text, row in zip(spec.vocabulary, spec.attribute_table, strict=True):
        if text in ("", "|", "^"):
            assert not any(row)
            continue
        for place, (word, number) in enumerate(zip(text.split("-"), row, strict=True)):
            assert number > 0
            assert numbers.setdefault((place, word), number) == number
    num_attributes = 4 if name == "union_81" else 3
    # Three words and the wildcard of each attribute, none of them sharing a number.
    assert sorted(numbers.values()) == list(range(1, 4 * num_attributes + 1))


def test_only_symdiff_has_operators_among_its_symbols():
    assert registry.get("symdiff_27").spec.vocabulary[-2:] == ("|", "^")
    assert len(registry.get("symdiff_27").spec.vocabulary) == 1 + 64 + 2
    assert len(registry.get("union_27").spec.vocabulary) == 1 + 64
    assert len(registry.get("union_81").spec.vocabulary) == 1 + 256


# Other numbers of pairs and attributes.


@pytest.mark.parametrize("name", WITH_PAIRS)
@pytest.mark.parametrize("num_pairs", [1, 3, 12])
def test_with_pairs_answers_as_the_game_does(name, num_pairs):
    game = registry.get(name).with_pairs(num_pairs)
    assert game.spec.query_length == (
        3 * num_pairs - 1 if name == "symdiff_27" else 2 * num_pairs
    )
    assert game.spec.vocabulary == registry.get(name).spec.vocabulary
    assert game.keys == registry.get(name).keys
    for query in game.sample(np.random.default_rng(11), 50):
        assert answer(game, query) == matching_keys(game.format(query))


def test_with_pairs_has_another_name_and_the_same_source():
    game = registry.get("union_27").with_pairs(2)
    assert game.spec.name != "union_27"
    assert game.spec.source == "union_27"


def test_with_the_same_pairs_is_the_game_itself():
    game = registry.get("union_27")
    assert game.with_pairs(8) is game


@pytest.mark.parametrize(
    "make",
    [
        lambda: SetGame("none", num_pairs=0),
        lambda: registry.get("union_27").with_pairs(0),
    ],
)
def test_a_query_needs_a_pair(make):
    with pytest.raises(UserError, match="num_pairs must be at least 1, got 0"):
        make()


def test_a_game_of_two_attributes():
    game = SetGame("set_9", num_attributes=2, num_pairs=4, wildcards="both")
    assert game.spec.num_keys == 9
    assert game.keys[5] == "green-solid"
    for query in game.sample(np.random.default_rng(12), 50):
        assert answer(game, query) == matching_keys(game.format(query))
