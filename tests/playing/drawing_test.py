"""Cards and the composer, as HTML that holds together."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from set_contrastive.games import registry
from set_contrastive.games.deck import Deck
from set_contrastive.playing import card_svg
from set_contrastive.playing import composer


@pytest.mark.parametrize("attributes", [3, 4])
def test_each_card_is_drawn_in_its_own_way_and_said_in_words(attributes):
    cards = Deck.of_set(attributes).cards[1:]
    drawn = [card_svg.draw(card) for card in cards]
    assert len(set(drawn)) == len(cards) == 4**attributes
    looks = set()
    for card, text in zip(cards, drawn, strict=True):
        root = ET.fromstring(text)
        words = root.attrib.pop("aria-label")
        for name, value in zip(
            ("color", "fill", "shape", "count"), card.split("-"), strict=False
        ):
            assert (f"any {name}" if value == "*" else value) in words
        looks.add(ET.tostring(root))
    assert len(looks) == len(cards)  # Without the words too.


def test_what_fills_cards_is_defined_once_in_their_own_colours():
    page = card_svg.definitions()
    defined = {e.get("id"): e for e in ET.fromstring(page).iter() if e.get("id")}
    assert len(defined) == page.count(' id="') == 2 * 4
    used = set()
    for card in Deck.of_set(3).cards[1:]:
        drawn = card_svg.draw(card)
        assert ' id="' not in drawn
        (color,) = re.findall(r'class="sc-card (sc-\w+)"', drawn)
        for name in re.findall(r"url\(#([\w-]+)\)", drawn):
            assert defined[name].get("class") == color
            used.add(name)
    assert used == set(defined)


def test_another_text_is_written():
    assert card_svg.draw("a < b") == '<span class="sc-text">a &lt; b</span>'
    assert not card_svg.is_card("12") and not card_svg.is_card("red-red-red")


@pytest.mark.parametrize(
    ("game", "slots", "operators", "choices"),
    [
        ("set_27", 2, 0, 27),
        ("union_27", 16, 0, 27 + 64),
        ("symdiff_27", 16, 7, 27 + 64),
        ("union_81", 16, 0, 81 + 256),
    ],
)
def test_the_composer_has_a_button_for_each_place_and_card(
    game, slots, operators, choices
):
    rules = registry.get(game)
    (query,) = rules.sample(np.random.default_rng(0), 1)
    html = composer.render(rules, query)
    root = ET.fromstring(html.replace(" data-roving", "").replace(" hidden", ""))
    buttons = list(root.iter("button"))
    kinds = [button.get("class") for button in buttons]
    assert kinds.count("sc-slot") == slots
    assert kinds.count("sc-operator") == operators
    assert kinds.count("sc-choice") == choices
    assert all(button.get("aria-label") for button in buttons)
    placed = [e.get("data-token") for e in root.iter() if e.get("data-token")]
    assert " ".join(placed) == rules.format(query)
    # Tab stops at each group once.
    assert [b.get("tabindex") for b in buttons].count("0") == 1 + html.count(
        "sc-palette"
    )
    assert html != composer.render(rules, query)  # A script may have changed the first.


def test_numbers_are_toggles():
    rules = registry.get("shatter_27")
    html = composer.render(rules, rules.parse("3 5"))
    on = re.findall(r'data-toggle="(\w+)" aria-pressed="true"', html)
    assert on == ["3", "5"] and html.count("data-toggle") == 27
