"""What is shown of a choice, beside numbers computed by hand."""

import dataclasses
import json
import math
import re
import urllib.parse

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.playing import board
from set_contrastive.playing import choices as choices_lib
from set_contrastive.playing import measured
from set_contrastive.playing import view
from set_contrastive.playing import why
from set_contrastive.playing import why_table
from set_contrastive.playing.choices import Choices
from set_contrastive.playing.choices import Shown
from tests.explaining import planted as scorers
from tests.playing import planted

GAME = registry.get("union_27")
# Pairs of equal cards: each matches the key that is the card itself.
TEXT = " | ".join(f"{card} {card}" for card in GAME.keys[:7] + GAME.keys[6:7])


def test_numbers_of_a_query_as_on_paper():
    found = measured.measure(planted.model(), GAME.parse(TEXT))
    # Six keys with score 1, one with 2, twenty with 0.
    total = 6 * math.e + math.e**2 + 20
    p = np.array([math.e] * 6 + [math.e**2] + [1.0] * 20) / total
    assert found.matches.tolist() == [True] * 7 + [False] * 20
    np.testing.assert_allclose(found.probabilities, p, rtol=1e-6)
    assert found.kl_nats == pytest.approx(sum(math.log(1 / 7 / x) for x in p[:7]) / 7)
    assert found.overlap == 1.0
    assert found.entropy_bits == pytest.approx(-sum(x * math.log2(x) for x in p))
    assert found.leaked == pytest.approx(20 / total)
    wrong = measured.measure(planted.model(sign=-1.0), GAME.parse(TEXT))
    assert wrong.overlap == 0.0 and wrong.kl_nats > found.kl_nats


def test_the_hardest_query_is_the_worst_of_those_drawn():
    model = planted.model(sign=-1.0)
    query, kl = measured.hardest(model, np.random.default_rng(7), 40)
    drawn = GAME.sample(np.random.default_rng(7), 40)
    each = [measured.measure(model, q).kl_nats for q in drawn]
    assert kl == pytest.approx(max(each))
    np.testing.assert_array_equal(query, drawn[int(np.argmax(each))])


def test_the_pair_that_alone_covers_a_key_drives_it():
    found = why.explain(planted.model(), GAME.parse(TEXT), GAME.keys[3])
    assert found.gives == tuple(pair == 3 for pair in range(8))
    (values,) = found.by_method.values()
    assert int(np.argmax(values)) == 3 and values[3] > 0
    assert found.units[3] == (GAME.keys[3], GAME.keys[3])
    with pytest.raises(UserError, match="key must be one of"):
        why.explain(planted.model(), GAME.parse(TEXT), "red-pink-square")


def test_of_a_short_query_only_its_own_numbers_are_explained():
    network, _ = scorers.linear("shatter_27")
    model = planted.of_subject(scorers.subject(network, "shatter_27"))
    numbers = ("3", "5", "20")
    found = why.explain(model, model.game.parse(" ".join(numbers)), "5")
    assert found.units == tuple((number,) for number in numbers) and not found.gives
    (values,) = found.by_method.values()
    whole = why.explain(model, model.game.parse("3 5"), "5")
    assert len(values) == 3 and len(whole.units) == 2
    said = why_table.render(found)
    assert f"Number {numbers[int(np.argmax(values))]} adds most" in said
    assert re.findall("<th scope=row>(.*?)</th>", said) == list(numbers)
    assert "pair" not in said.lower() and "the number left out" in said


def two_series():
    return [
        planted.model("a4", 4, 1.0, "a"),
        planted.model("a16", 16, 2.0, "a"),
        planted.model("b8", 8, 1.0, "b"),
        planted.model("free", None, 3.0, "free"),
    ]


def test_the_slider_moves_the_series_of_several_dimensions_alone():
    choices = Choices.of(two_series(), "union_27")
    assert choices.dims == (4, 16)
    names = [name for _, name in choices.titles]
    assert names == ["at d: a", "a4", "a16", "b8", "free"]
    assert choices.first == ("at d: a", "free")
    assert choices.model("at d: a", 16).name == "a16"
    assert choices.model("b8", 16).name == "b8"
    with pytest.raises(UserError, match="model must be one of"):
        choices.model("c", 4)
    with pytest.raises(UserError, match="game must be one of union_27"):
        Choices.of(two_series(), "set_27")


def test_an_address_brings_the_same_page_back():
    models = two_series()
    shown = Shown("union_27", TEXT, 16, ("b8", "at d: a"), ("b8", GAME.keys[0]))
    values = dict(urllib.parse.parse_qsl(shown.address()[1:]))
    assert view.of_address(models, values) == shown
    opened = view.of_address(models, {})
    assert opened.dim == 4 and opened.names == ("at d: a", "free")
    assert view.of_address(models, {}) == opened  # The same for all.


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"q": "red"}, "token 1 of the query"),
        ({"d": "many"}, "d must be a number"),
        ({"models": '["c"]'}, "model must be one of"),
        ({"models": "c"}, "expected a list of names"),
        ({"models": "[[1]]"}, "expected a list of names"),
        ({"key": '["b8"]'}, "key must be a model and its key"),
        ({"game": "chess"}, "game must be one of"),
    ],
)
def test_an_address_that_says_something_else_is_a_users_error(values, message):
    with pytest.raises(UserError, match=re.escape(message)):
        view.of_address(two_series(), values)


def test_the_page_shows_each_key_with_its_probability():
    choices = Choices.of(two_series(), "union_27")
    shown = Shown("union_27", TEXT, 4, ("at d: a", "a4", "free"), ("a4", GAME.keys[0]))
    seen = view.render(choices, shown)
    panels = re.findall(r'data-panel="(\w+)"', seen.board)
    assert panels == ["a4", "free"]  # The slider's model is one of the two.
    p = [float(x) for x in re.findall(r'data-p="([\d.]+)"', seen.board)]
    assert len(p) == 2 * 27
    assert sum(p[:27]) == pytest.approx(1, abs=1e-4) == sum(p[27:])
    assert seen.board.count("sc-match") == 2 * 7
    assert seen.board.count('aria-pressed="true"') == 1
    assert "is at most <b data-floor>0.25</b>" in seen.board
    assert "Pair 1 adds most" in seen.why
    values = dict(urllib.parse.parse_qsl(seen.address[1:]))
    assert json.loads(values["key"]) == ["a4", GAME.keys[0]]
    gone = view.render(choices, Shown("union_27", TEXT, 4, ("free",), shown.picked))
    assert not gone.why and "key=" not in gone.address


def test_of_one_matching_key_and_a_tiny_floor_numbers_make_sense():
    network, _ = scorers.linear("set_27")
    model = planted.of_subject(scorers.subject(network, "set_27"))
    found = measured.measure(model, model.game.sample(np.random.default_rng(0), 1)[0])
    assert "<dd>of 0.00 bits</dd>" in board.render([found], None)
    tiny = dataclasses.replace(found, model=dataclasses.replace(model, floor=1e-7))
    said = board.render([tiny], None)
    assert "is <b data-floor>below 0.00001</b>, the least" in said


def test_what_is_shown_is_not_taken_as_html():
    choices = Choices.of([planted.model("<b>", 4, 1.0, "<script>")], "union_27")
    seen = view.render(choices, Shown("union_27", TEXT, None, ("<b>",), None))
    assert (
        "<script" not in seen.board and "<b>" not in seen.board.split("data-floor")[0]
    )


def test_a_slider_stands_at_its_dimension():
    found = view.slider((4, 8, 27), 8)
    assert (
        'value="1"' in found
        and 'max="2"' in found
        and 'aria-valuetext="d = 8"' in found
    )
    assert view.slider((), None) == ""
    assert choices_lib.dim_of("20", (4, 8, 27)) == 27
    assert choices_lib.dim_of("", (4, 8, 27)) == 4
