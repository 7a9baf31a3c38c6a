"""Where the text of a query goes wrong."""

import numpy as np
import pytest

from set_contrastive.games import registry
from set_contrastive.playing import query_text
from set_contrastive.playing.query_text import Wrong

PAIR = "red-solid-circle green-*-square"


def marked(game, text):
    found = query_text.read(registry.get(game), text)
    assert isinstance(found, Wrong)
    return [text[start:end] for start, end in found.spans], found.message


@pytest.mark.parametrize("game", ["set_27", "union_27", "symdiff_27", "shatter_27"])
def test_a_query_of_a_game_is_read(game):
    rules = registry.get(game)
    (query,) = rules.sample(np.random.default_rng(0), 1)
    np.testing.assert_array_equal(query_text.read(rules, rules.format(query)), query)


@pytest.mark.parametrize(
    ("game", "text", "tokens"),
    [
        ("union_27", " | ".join([PAIR] * 7) + " | red-solid-circle green-*-sqare", 1),
        ("union_27", f"red-*-circle {PAIR}", ["red-*-circle"]),  # The first is plain.
        ("union_27", f"{PAIR} ^ {PAIR}", ["^"]),
        ("union_27", f"pink {PAIR} | teal", ["pink", "teal"]),
        ("union_27", " | ".join([PAIR] * 9), ["|"]),
        ("union_27", PAIR, [""]),  # Something is missing at the end.
        ("shatter_27", "3 5 27 x 5", ["27", "x", "5"]),
        ("shatter_27", "", [""]),
    ],
)
def test_errors_are_found_at_their_places(game, text, tokens):
    expected = ["green-*-sqare"] if tokens == 1 else tokens
    assert marked(game, text)[0] == expected


def test_a_query_without_a_key_is_wrong():
    text = " ^ ".join(["red-solid-circle red-solid-circle"] * 8)
    assert marked("symdiff_27", text) == ([text], "the query matches no key")


def test_a_text_without_end_is_not_read():
    spans, message = marked("union_27", "red " * 10_000)
    assert len(spans) == 1 and "at most 10,000 characters" in message


def test_errors_are_marked_and_nothing_is_taken_as_html():
    text = "<img> red-solid-circle"
    found = query_text.read(registry.get("union_27"), text)
    html = query_text.marked(text, found)
    assert "<mark>&lt;img&gt;</mark> red-solid-circle" in html and "<img" not in html
