"""The query as buttons: a card is chosen for a place, a number or an operator flipped.

The page's own script (composer.js) changes a place at once and sends the text of the
whole query, so that no quick click is lost, whatever the server is doing.
"""

import html
import itertools
from collections.abc import Sequence

from set_contrastive.games.game import Game
from set_contrastive.games.game import Queries
from set_contrastive.games.grammar import AnyOrder
from set_contrastive.games.grammar import Place
from set_contrastive.games.grammar import Places
from set_contrastive.playing import card_svg

# A script may have changed what stands there, so that the same text is not the same
# page: each rendering differs.
_renderings = itertools.count()


def render(game: Game, query: Queries) -> str:
    """Returns HTML of a query `[T]`, its first place chosen."""
    grammar = game.grammar()
    if isinstance(grammar, Places):
        inside = _places(game.format(query).split(), grammar.places)
    elif isinstance(grammar, AnyOrder):
        inside = _toggles(game, set(game.format(query).split()))
    else:
        inside = "<p>Queries of this game are typed below.</p>"
    return (
        f'<div class="sc-composer" data-rendering="{next(_renderings)}">{inside}</div>'
    )


def _places(tokens: Sequence[str], places: Sequence[Place]) -> str:
    palettes = list(dict.fromkeys(p.tokens for p in places if _is_slot(p)))
    parts, number = [], 0
    for place, token in zip(places, tokens, strict=True):
        if _is_slot(place):
            number += 1
            parts.append(_slot(number, token, palettes.index(place.tokens)))
        elif len(place.tokens) > 1:
            parts.append(_operator(token, place.tokens))
        else:
            text = html.escape(token)
            parts.append(f'<span class="sc-or" data-token="{text}">{text}</span>')
    pairs = "".join(_in_pairs(parts))
    shown = "".join(_palette(n, names) for n, names in enumerate(palettes))
    return (
        '<div class="sc-slots" role="group" aria-label="The query" data-roving>'
        f"{pairs}</div>{shown}"
    )


def _is_slot(place: Place) -> bool:
    return len(place.tokens) > 2


def _in_pairs(parts: Sequence[str]) -> list[str]:
    """Keeps a pair on one line, with the operator that follows it."""
    return [
        f'<span class="sc-pair">{"".join(parts[first : first + 3])}</span>'
        for first in range(0, len(parts), 3)
    ]


def _slot(number: int, token: str, palette: int) -> str:
    first = number == 1
    return (
        f'<button type="button" class="sc-slot" data-token="{html.escape(token)}" '
        f'data-number="{number}" data-palette="{palette}" '
        f'aria-pressed="{str(first).lower()}" tabindex="{0 if first else -1}" '
        f'aria-label="{_slot_label(number, token)}">{card_svg.draw(token)}</button>'
    )


def _slot_label(number: int, token: str) -> str:
    half = ("first", "second")[(number - 1) % 2]
    words = html.escape(card_svg.spoken(token))
    return f"Pair {(number + 1) // 2}, {half} card: {words}"


def _operator(token: str, tokens: Sequence[str]) -> str:
    return (
        f'<button type="button" class="sc-operator" data-token="{html.escape(token)}" '
        f'data-tokens="{html.escape(" ".join(tokens))}" tabindex="-1" '
        f'aria-label="Operator {html.escape(token)}">{html.escape(token)}</button>'
    )


def _palette(number: int, tokens: Sequence[str]) -> str:
    cards = "".join(
        f'<button type="button" class="sc-choice" data-choice="{html.escape(token)}" '
        f'tabindex="{0 if not place else -1}" '
        f'aria-label="{html.escape(card_svg.spoken(token))}">'
        f"{card_svg.draw(token)}</button>"
        for place, token in enumerate(tokens)
    )
    hidden = " hidden" if number else ""
    return (
        f'<div class="sc-palette" role="group" data-for="{number}" data-roving '
        f'aria-label="Cards for the chosen place"{hidden}>{cards}</div>'
    )


def _toggles(game: Game, chosen: set[str]) -> str:
    buttons = "".join(
        f'<button type="button" class="sc-toggle" data-toggle="{html.escape(token)}" '
        f'aria-pressed="{str(token in chosen).lower()}" '
        f'tabindex="{0 if not place else -1}">{html.escape(token)}</button>'
        for place, token in enumerate(game.spec.vocabulary[1:])
    )
    return (
        '<div class="sc-slots" role="group" aria-label="The query" data-roving>'
        f"{buttons}</div>"
    )
