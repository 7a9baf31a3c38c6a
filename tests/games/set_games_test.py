"""Set games against Python sets of words, folded by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games.set_games import SetGame

VALUES = (
    ("red", "green", "blue"),
    ("void", "dashed", "solid"),
    ("square", "circle", "triangle"),
    ("one", "two", "three"),
)
NAMES = ("set_27", "wildcard_27", "union_27", "symdiff_27", "union_81")
WITH_PAIRS = ("union_27", "symdiff_27", "union_81")

# Few enough queries to list, many of them with an empty subset.
TINY = SetGame(
    "tiny",
    num_attributes=1,
    num_pairs=2,
    wildcards="second",
    symmetric_difference=True,
)
FOLD = SetGame("fold", num_pairs=3, wildcards="both", symmetric_difference=True)


def third_words(first, second):
    """The third card of two texts, as one set of possible words an attribute."""
    third = []
    for a, b, values in zip(first.split("-"), second.split("-"), VALUES, strict=False):
        if "*" in (a, b):
            third.append(set(values))
        else:
            third.append({a} if a == b else set(values) - {a, b})
    return third


def matching_keys(text):
    """The names of the keys that a query's text matches, folded left to right."""
    operators, operands = [], []
    tokens = text.split()
    for place in range(0, len(tokens), 3):
        words = third_words(tokens[place], tokens[place + 1])
        operands.append({"-".join(key) for key in itertools.product(*words)})
        operators.extend(tokens[place + 2 : place + 3])
    matching = operands[0]
    for operator, operand in zip(operators, operands[1:], strict=True):
        matching = {"|": set.union, "^": set.symmetric_difference}[operator](
            matching, operand
        )
    return matching


def answer(game, query):
    (mask,) = game.answer(query[None])
    return {key for key, matches in zip(game.keys, mask, strict=True) if matches}


def cards(num_attributes, wildcards):
    """A strategy for the texts of cards."""
    words = [(*values, "*") if wildcards else values for values in VALUES]
    chosen = st.tuples(*map(st.sampled_from, words[:num_attributes]))
    return chosen.map("-".join)


def texts(name):
    """A strategy for the texts of a game's queries, identical cards included."""
    num_attributes = 4 if name == "union_81" else 3
    first = cards(num_attributes, name == "wildcard_27")
    second = cards(num_attributes, name != "set_27")
    pair = st.tuples(first, second).map(" ".join)
    if name not in WITH_PAIRS:
        return pair
    operator = st.sampled_from("|^" if name == "symdiff_27" else "|")
    further = st.tuples(operator, pair).map(" ".join)
    return st.tuples(pair, *[further] * 7).map(" ".join)


def joined_cards(num_attributes, wildcards):
    words = [(*values, "*") if wildcards else values for values in VALUES]
    return ["-".join(card) for card in itertools.product(*words[:num_attributes])]


def tiny_texts():
    plain, anything = joined_cards(1, wildcards=False), joined_cards(1, wildcards=True)
    tokens = itertools.product(plain, anything, "|^", plain, anything)
    return list(map(" ".join, tokens))


def words_of(game, symbols):
    """Words of card symbols: `[..., A]`."""
    words = [
        card.split("-") for card in game.spec.vocabulary[1 : game.deck.num_cards + 1]
    ]
    return np.array(words)[symbols - 1]


def assert_uniform(drawn, choices):
    """Chi-square test that fails by chance for less than one seed in 100,000."""
    found, counts = np.unique(drawn, return_counts=True)
    assert set(found.tolist()) == set(choices)
    expected = np.size(drawn) / len(choices)
    degrees = len(choices) - 1
    statistic = ((counts - expected) ** 2 / expected).sum()
    assert statistic < degrees + 6 * np.sqrt(2 * degrees) + 10


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


# Distributions.


def test_set_27_draws_uniform_pairs_of_plain_cards():
    game = registry.get("set_27")
    queries = game.sample(np.random.default_rng(0), 50_000)
    drawn = [" ".join(game.spec.vocabulary[symbol] for symbol in q) for q in queries]
    plain = joined_cards(3, wildcards=False)
    assert_uniform(drawn, set(map(" ".join, itertools.product(plain, plain))))


def test_wildcard_27_draws_each_attribute_uniformly():
    game = registry.get("wildcard_27")
    words = words_of(game, game.sample(np.random.default_rng(1), 20_000))
    for card, attribute in itertools.product(range(2), range(3)):
        assert_uniform(words[:, card, attribute], {*VALUES[attribute], "*"})


@pytest.mark.parametrize("name", WITH_PAIRS)
def test_games_of_pairs_draw_a_plain_card_and_one_with_wildcards(name):
    game = registry.get(name)
    stride = 3 if name == "symdiff_27" else 2
    queries = game.sample(np.random.default_rng(2), 5_000)
    first = words_of(game, queries[:, 0::stride])
    second = words_of(game, queries[:, 1::stride])
    assert first.shape[:2] == second.shape[:2] == (5_000, 8)
    for attribute in range(first.shape[2]):
        assert_uniform(first[..., attribute], set(VALUES[attribute]))
        assert_uniform(second[..., attribute], {*VALUES[attribute], "*"})
        # The same at each of the eight pairs, not only on average.
        assert_uniform(second[:, 7, attribute], {*VALUES[attribute], "*"})


@pytest.mark.parametrize("name", WITH_PAIRS)
def test_attributes_of_a_card_are_independent(name):
    game = registry.get(name)
    queries = game.sample(np.random.default_rng(3), 5_000)
    stride = 3 if name == "symdiff_27" else 2
    assert_uniform(queries[:, 1::stride], range(1, game.deck.num_cards + 1))


def test_operators_are_uniform_and_independent():
    game = registry.get("symdiff_27")
    queries = game.sample(np.random.default_rng(4), 20_000)
    drawn = [
        "".join(game.spec.vocabulary[symbol] for symbol in q[2::3]) for q in queries
    ]
    assert_uniform(drawn, set(map("".join, itertools.product("|^", repeat=7))))


@pytest.mark.parametrize("game", [registry.get("symdiff_27"), TINY])
def test_no_empty_subset_is_drawn(game):
    queries = game.sample(np.random.default_rng(5), 1_000)
    assert all(matching_keys(game.format(query)) for query in queries)


def test_queries_stay_uniform_where_empty_ones_are_left_out():
    queries = TINY.sample(np.random.default_rng(6), 10_000)
    drawn = [TINY.format(query) for query in queries]
    assert_uniform(drawn, {text for text in tiny_texts() if matching_keys(text)})


@pytest.mark.parametrize("name", NAMES)
def test_sampling_is_determined_by_the_generator(name):
    game = registry.get(name)
    first, again, other = (
        game.sample(np.random.default_rng(seed), 50) for seed in (8, 8, 9)
    )
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


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
