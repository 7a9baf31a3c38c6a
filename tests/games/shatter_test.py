"""The shattering game against Python sets of numbers."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games.shatter import ShatterGame

GAME = registry.get("shatter_27")
NUMBERS = st.sets(st.integers(0, 26), min_size=1)


def numbers_of(text):
    return {int(token) for token in text.split()}


def answer(game, query):
    (mask,) = game.answer(query[None])
    return {int(key) for key, matches in zip(game.keys, mask, strict=True) if matches}


def chi_square(counts, expected):
    counts, expected = np.asarray(counts), np.asarray(expected)
    return ((counts - expected) ** 2 / expected).sum()


def test_answer_of_sampled_queries():
    queries = GAME.sample(np.random.default_rng(0), 200)
    for query in queries:
        assert answer(GAME, query) == numbers_of(GAME.format(query))


@settings(max_examples=50, deadline=None)
@given(NUMBERS, st.randoms(use_true_random=False))
def test_answer_is_the_numbers_of_the_text_in_any_order(numbers, random):
    tokens = [str(number) for number in numbers]
    random.shuffle(tokens)
    assert answer(GAME, GAME.parse("  ".join(tokens))) == numbers


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ([1] + [0] * 26, {0}),
        ([27] + [0] * 26, {26}),
        ([4, 6, 27] + [0] * 24, {3, 5, 26}),
        ([4, 4, 4] + [0] * 24, {3}),
        ([0] * 24 + [27, 6, 4], {3, 5, 26}),
        (list(range(1, 28)), set(range(27))),
    ],
)
def test_answer_by_hand(query, keys):
    assert answer(GAME, np.array(query, np.int32)) == keys


def test_symbols_rise_and_padding_comes_last():
    assert GAME.parse("26 5 3").tolist() == [4, 6, 27] + [0] * 24
    for query in GAME.sample(np.random.default_rng(1), 100).tolist():
        symbols = [symbol for symbol in query if symbol]
        assert query == sorted(symbols) + [0] * (27 - len(symbols))


def test_sizes_of_the_subsets_are_binomial():
    n = 50_000
    sizes = (GAME.sample(np.random.default_rng(2), n) > 0).sum(axis=1)
    # 2^27 - 1 subsets, of which C(27, s) have s numbers; the rare sizes are one class.
    common = range(7, 21)
    expected = [n * math.comb(27, size) / (2**27 - 1) for size in common]
    counts = [(sizes == size).sum() for size in common]
    expected, counts = [*expected, n - sum(expected)], [*counts, n - sum(counts)]
    assert chi_square(counts, expected) < 50  # 14 degrees of freedom: p < 1e-5.


def test_every_number_is_in_half_of_the_subsets():
    n = 20_000
    shares = GAME.answer(GAME.sample(np.random.default_rng(3), n)).mean(axis=0)
    # Five standard deviations.
    np.testing.assert_allclose(shares, 0.5, atol=5 * 0.5 / math.sqrt(n))


def test_subsets_are_uniform_and_never_empty():
    queries = ShatterGame(3).sample(np.random.default_rng(4), 14_000)
    drawn = [ShatterGame(3).format(query) for query in queries]
    subsets = ["0", "1", "2", "0 1", "0 2", "1 2", "0 1 2"]
    counts = [drawn.count(subset) for subset in subsets]
    assert sum(counts) == 14_000
    assert chi_square(counts, [2000] * 7) < 35  # 6 degrees of freedom: p < 1e-5.


def test_a_single_key_is_always_drawn():
    queries = ShatterGame(1).sample(np.random.default_rng(5), 20)
    assert queries.tolist() == [[1]] * 20


def test_sampling_is_determined_by_the_generator():
    first, again, other = (
        GAME.sample(np.random.default_rng(seed), 50).tolist() for seed in (6, 6, 7)
    )
    assert first == again
    assert first != other


@settings(max_examples=50, deadline=None)
@given(NUMBERS)
def test_texts_come_back_sorted(numbers):
    text = " ".join(map(str, sorted(numbers)))
    spaced = f"  {text.replace(' ', '   ')} "
    assert GAME.format(GAME.parse(spaced)) == text


def test_queries_come_back_from_format_and_parse():
    for query in GAME.sample(np.random.default_rng(8), 50):
        parsed = GAME.parse(GAME.format(query))
        assert parsed.dtype == np.int32
        assert parsed.tolist() == query.tolist()


@pytest.mark.parametrize(
    ("text", "place", "token"),
    [
        ("27", 1, "27"),
        ("3 5 -1", 3, "-1"),
        ("3 five", 2, "five"),
        ("3, 5", 1, "3,"),
        ("03", 1, "03"),
        ("1.0", 1, "1.0"),
        ("3 5 3", 3, "3"),
    ],
)
def test_parse_errors_name_the_token_and_its_place(text, place, token):
    with pytest.raises(UserError) as caught:
        GAME.parse(text)
    assert isinstance(caught.value, ValueError)
    assert f"token {place} " in str(caught.value)
    assert repr(token) in str(caught.value)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_text_is_no_query(text):
    with pytest.raises(UserError, match="empty, expected numbers"):
        GAME.parse(text)


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        (np.ones((1, 26), np.int32), r"\[n, 27\], got \[1, 26\]"),
        (np.full((1, 27), 28), "0 to 27, got 28 to 28"),
        (np.full((1, 27), -1), "0 to 27, got -1 to -1"),
        (np.ones((1, 27)), "integers, got float64"),
    ],
)
def test_wrong_queries_are_refused(queries, message):
    with pytest.raises(UserError, match=message):
        GAME.answer(queries)


def test_population_of_ten_numbers():
    game = ShatterGame(10)
    subsets = itertools.chain.from_iterable(
        itertools.combinations(map(str, range(10)), size) for size in range(1, 11)
    )
    listed = [game.format(query) for query in game.population()]
    assert len(listed) == 1023
    assert set(listed) == set(map(" ".join, subsets))
    assert game.spec.exhaustive


def test_twenty_seven_numbers_are_too_many_to_list():
    assert GAME.population() is None
    assert not GAME.spec.exhaustive


def test_its_queries_have_no_pairs():
    with pytest.raises(UserError, match="shatter_27 is not made of pairs"):
        GAME.with_pairs(2)


def test_a_game_needs_a_key():
    with pytest.raises(UserError, match="num_keys must be at least 1, got 0"):
        ShatterGame(0)
