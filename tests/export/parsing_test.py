"""Tests of parsing in the graph, against the games' own Python."""

import functools

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st

from export import parsing
from set_contrastive.games import registry

GAMES = ("set_27", "wildcard_27", "union_27", "symdiff_27", "shatter_27", "union_81")
_TOKENS = st.sampled_from(
    ["red-solid-circle", "red-*-*", "*-*-*", "|", "^", "3", "26", "27", "", "x", "-1"]
)


@functools.cache
def _parser(name):
    game = registry.get(name)
    parser = parsing.TextParser(game.spec, game.grammar())
    parse = tf.function(parser, input_signature=[tf.TensorSpec((None,), tf.string)])
    return game, lambda texts: parse(tf.constant(texts)).numpy()


@pytest.mark.parametrize("name", GAMES)
def test_what_the_game_formats_is_parsed(name):
    game, parse = _parser(name)
    queries = game.sample(np.random.default_rng(0), 200)
    found = parse([game.format(query) for query in queries])
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, queries)


@pytest.mark.parametrize("name", GAMES)
@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(data=st.data())
def test_the_graph_accepts_and_rejects_what_the_game_does(name, data):
    game, parse = _parser(name)
    seed = data.draw(st.integers(0, 2**32 - 1))
    (query,) = game.sample(np.random.default_rng(seed), 1)
    tokens = game.format(query).split()
    for _ in range(data.draw(st.integers(0, 2))):
        place = data.draw(st.integers(0, len(tokens) - 1))
        change = data.draw(st.sampled_from(["replace", "drop", "insert", "swap"]))
        if change == "replace":
            tokens[place] = data.draw(_TOKENS)
        elif change == "drop" and len(tokens) > 1:
            del tokens[place]
        elif change == "insert":
            tokens.insert(place, data.draw(_TOKENS))
        else:
            tokens[place], tokens[-1] = tokens[-1], tokens[place]
    spaces = data.draw(st.sampled_from([" ", "  ", "\t", " \n "]))
    text = spaces + spaces.join(tokens) + data.draw(st.sampled_from(["", " ", "   "]))
    try:
        expected = game.parse(text)
    except ValueError:
        with pytest.raises(tf.errors.InvalidArgumentError):
            parse([text])
    else:
        np.testing.assert_array_equal(parse([text]), expected[None])


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("set_27", "red-solid-circle red-solid-hexagon", "red-solid-hexagon"),
        ("set_27", "red-solid-circle", "takes 2 tokens, got.*red-solid-circle"),
        ("set_27", "", "takes 2 tokens, got"),
        ("symdiff_27", "red-solid-circle green-*-square &", "takes 23 tokens"),
        ("shatter_27", "3 27", "no such token, got.*27"),
        ("shatter_27", "3 5 3", "comes twice in.*3 5 3"),
        ("shatter_27", "  ", "no token in row"),
    ],
)
def test_a_wrong_text_is_named(name, text, named):
    _, parse = _parser(name)
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"(?s){named}"):
        parse([text])


@pytest.mark.parametrize("name", GAMES)
def test_queries_of_the_game_pass_and_others_are_named(name):
    game = registry.get(name)
    check = tf.function(
        lambda query: parsing.checked_query(query, game.spec, game.grammar())
    )
    queries = game.sample(np.random.default_rng(0), 50)
    np.testing.assert_array_equal(check(queries), queries)
    for symbol in (-1, len(game.spec.vocabulary), 2**31 - 1):
        wrong = queries.copy()
        wrong[3, 1] = symbol
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"(?s)3 1.*{symbol}"):
            check(wrong)
    with pytest.raises(tf.errors.InvalidArgumentError):
        check(np.zeros_like(queries[:1]))


def test_an_operator_is_no_card():
    game = registry.get("symdiff_27")
    queries = game.sample(np.random.default_rng(0), 2)
    queries[1, 0] = queries[1, 2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="(?s)1,? 0.*got"):
        parsing.checked_query(queries, game.spec, game.grammar())


@pytest.mark.parametrize("key", [-1, 27, 100])
def test_a_key_out_of_range_is_named(key):
    keys, named = tf.constant([0, 26, key]), f"(?s)0 to 26, got.*{key}"
    with pytest.raises(tf.errors.InvalidArgumentError, match=named):
        parsing.checked_key(keys, 27)
    np.testing.assert_array_equal(parsing.checked_key(keys[:2], 27), [0, 26])
