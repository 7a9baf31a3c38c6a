"""Cards as SVG: shape, colour, fill and count, with wildcards that show.

A wildcard of the colour is grey, of the fill half and half, of the shape a star, and of
the count a star beside it. Colours are those of the page's style sheet, so that cards
are drawn for a light and a dark page alike.
"""

import html

_COLORS = ("red", "green", "blue")
_FILLS = ("void", "dashed", "solid")
_SHAPES = {
    "square": '<rect x="4.5" y="4.5" width="23" height="23" rx="1.5"/>',
    "circle": '<circle cx="16" cy="16" r="12.3"/>',
    "triangle": '<path d="M16 3.8 28.6 27.4H3.4Z"/>',
    "*": '<path d="m16 2.6 3.5 9.2 9.8.5-7.7 6.1 2.6 9.5-8.2-5.4-8.2 5.4 '
    '2.6-9.5-7.7-6.1 9.8-.5Z"/>',
}
_COUNTS = {"one": 1, "two": 2, "three": 3, "*": 1}
_WILDCARD = "*"
_PLAIN = ("red", "solid", "square", "one")
_ANY = ("any color", "any fill", "any shape", "any count")


def is_card(text: str) -> bool:
    """Whether a text is a card of SET: color, fill, shape and count, or the first."""
    values = text.split("-")
    known = (_COLORS, _FILLS, tuple(_SHAPES), tuple(_COUNTS))
    return 1 < len(values) <= len(known) and all(
        value == _WILDCARD or value in names
        for value, names in zip(values, known, strict=False)
    )


def spoken(text: str) -> str:
    """Returns a card in words, such as `red, any fill, circle`."""
    if not is_card(text):
        return text
    pairs = zip(text.split("-"), _ANY, strict=False)
    return ", ".join(a if value == _WILDCARD else value for value, a in pairs)


def draw(text: str) -> str:
    """Returns the drawing of a card, with its words; of another text, the text.

    The page needs `definitions` beside it.
    """
    if not is_card(text):
        return f'<span class="sc-text">{html.escape(text)}</span>'
    values = text.split("-")
    color, fill, shape, count = [*values, *_PLAIN[len(values) :]]
    name = "any" if color == _WILDCARD else color
    number = _COUNTS[count]
    drawn = "".join(
        f'<g transform="translate({32 * place} 0)">{_SHAPES[shape]}</g>'
        for place in range(number)
    )
    star = '<text x="34" y="14" class="sc-star">*</text>' if count == _WILDCARD else ""
    width = 32 * number + (12 if star else 0)
    return (
        f'<svg viewBox="0 0 {width} 32" class="sc-card sc-{name}" role="img" '
        f'aria-label="{html.escape(spoken(text))}">'
        f'<g fill="{_paint(fill, name)}" stroke="currentColor" stroke-width="2.4" '
        f'stroke-linejoin="round">{drawn}</g>{star}</svg>'
    )


def definitions() -> str:
    """Returns what all cards of a page are filled by; it must stand there once.

    A browser takes the first element of a name in the page, and fills nothing by one
    that is not displayed, so that no card can bring its own. A pattern has the colour
    of where it stands.
    """
    filled = "".join(_dashes(color) + _half(color) for color in (*_COLORS, "any"))
    return (
        '<svg width="0" height="0" style="position:absolute" aria-hidden="true">'
        f"<defs>{filled}</defs></svg>"
    )


def _paint(fill: str, color: str) -> str:
    """Returns what a shape is filled with."""
    if fill in ("solid", "void"):
        return "currentColor" if fill == "solid" else "none"
    return f"url(#{_name(fill, color)})"


def _name(fill: str, color: str) -> str:
    return f"sc-{color}-{'any' if fill == _WILDCARD else fill}"


def _dashes(color: str) -> str:
    return (
        f'<pattern id="{_name("dashed", color)}" class="sc-{color}" width="5" '
        'height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path d="M0 0V5" stroke="currentColor" stroke-width="3"/></pattern>'
    )


def _half(color: str) -> str:
    """Half solid, half void: it may be either."""
    return (
        f'<linearGradient id="{_name(_WILDCARD, color)}" class="sc-{color}">'
        '<stop offset=".5" stop-color="currentColor"/><stop offset=".5" '
        'stop-color="currentColor" stop-opacity="0"/></linearGradient>'
    )
