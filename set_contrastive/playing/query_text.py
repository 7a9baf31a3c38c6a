"""The text of a query: its tokens, and where it goes wrong."""

import dataclasses
import html
import re

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import Game
from set_contrastive.games.game import Queries
from set_contrastive.games.grammar import AnyOrder
from set_contrastive.games.grammar import Places

_LONGEST = 10_000


@dataclasses.dataclass(frozen=True)
class Wrong:
    """What is wrong with a text.

    Attributes:
      message: The first error, in words.
      spans: Where errors are, start and end, rising; an error at the end of the text is
        empty.
    """

    message: str
    spans: tuple[tuple[int, int], ...]


def read(game: Game, text: str) -> Queries | Wrong:
    """Returns the query `[T]` of a text, or what is wrong with it."""
    if len(text) > _LONGEST:
        return Wrong(
            f"the query must have at most {_LONGEST:,} characters, got {len(text):,}",
            ((_LONGEST, len(text)),),
        )
    try:
        query = game.parse(text)
        if not game.answer(query[None]).any():
            return Wrong("the query matches no key", ((0, len(text)),))
    except UserError as error:
        return Wrong(str(error), _spans(game, text))
    return query


def _spans(game: Game, text: str) -> tuple[tuple[int, int], ...]:
    """Returns the tokens that can stand nowhere, and the first that cannot here."""
    tokens = [(match.group(), match.span()) for match in re.finditer(r"\S+", text)]
    grammar = game.grammar()
    end = (len(text), len(text))
    if isinstance(grammar, Places):
        places = [frozenset(place.tokens) for place in grammar.places]
        known = frozenset().union(*places)
        bad = {span for token, span in tokens if token not in known}
        misplaced = [
            span
            for place, (token, span) in enumerate(tokens)
            if place >= len(places) or token not in places[place]
        ]
        bad.update(misplaced[:1])
        if not misplaced and len(tokens) < len(places):
            bad.add(end)
        return tuple(sorted(bad))
    if isinstance(grammar, AnyOrder):
        seen: set[str] = set()
        wrong = []
        for token, span in tokens:
            if token in seen or token not in game.spec.vocabulary[1:]:
                wrong.append(span)
            seen.add(token)
        return tuple(wrong) or (end,)
    return ((0, len(text)),)


def marked(text: str, wrong: Wrong) -> str:
    """Returns HTML of a text with its errors marked, and the message."""
    parts, last = [], 0
    for start, end in wrong.spans:
        parts.append(html.escape(text[last:start]))
        parts.append(f"<mark>{html.escape(text[start:end]) or '&#8203;…'}</mark>")
        last = end
    parts.append(html.escape(text[last:]))
    return (
        f'<div class="sc-wrong" role="alert"><p>{html.escape(wrong.message)}</p>'
        f"<code>{''.join(parts)}</code></div>"
    )
