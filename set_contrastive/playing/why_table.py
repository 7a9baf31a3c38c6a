"""The explanation of a key as HTML: a row for each unit, a bar for what it adds."""

import html

from set_contrastive.playing import card_svg
from set_contrastive.playing.why import Why

_METHODS = {
    "left out": "the {unit} left out",
    "replaced": "another {unit} in its place",
}


def render(found: Why) -> str:
    """Returns a table of the units, with how much each adds by each method."""
    methods, unit = list(found.by_method), found.unit
    largest = max(
        [1e-9, *(abs(v) for values in found.by_method.values() for v in values)]
    )
    heads = [unit, *(["cards"] if unit == "pair" else [])]
    heads += ["gives the key"] if found.gives else []
    heads += [_METHODS.get(method, method).format(unit=unit) for method in methods]
    head = "".join(f"<th scope=col>{text}</th>" for text in heads)
    rows = "".join(_row(found, place, largest) for place in range(len(found.units)))
    drives = max(
        range(len(found.units)), key=lambda place: found.by_method[methods[0]][place]
    )
    return (
        f'<section class="sc-why" aria-live="polite"><h3>What drives '
        f"{html.escape(card_svg.spoken(found.key))} in "
        f"{html.escape(found.title)}</h3><p>What a {unit} adds to the log probability "
        f"of the key, in nats: what is lost with it. {unit.capitalize()} "
        f"{_name(found, drives)} adds most.</p>"
        f'<div class="sc-scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _name(found: Why, place: int) -> str:
    """Returns how a unit is called: pairs are counted, a number is its own name."""
    if found.unit == "pair":
        return str(place + 1)
    return html.escape(" ".join(found.units[place]))


def _row(found: Why, place: int, largest: float) -> str:
    cells = f"<th scope=row>{_name(found, place)}</th>"
    if found.unit == "pair":
        cards = " ".join(card_svg.draw(token) for token in found.units[place])
        cells += f"<td>{cards}</td>"
    if found.gives:
        cells += f"<td>{'<b>yes</b>' if found.gives[place] else 'no'}</td>"
    bars = "".join(
        f'<td class="sc-bar" data-method="{method}" data-value="{values[place]!r}" '
        f'style="--v:{values[place] / largest:.4f}">'
        f'<i class="{"sc-up" if values[place] > 0 else "sc-down"}"></i>'
        f"<span>{values[place]:+.3f}</span></td>"
        for method, values in found.by_method.items()
    )
    return f"<tr>{cells}{bars}</tr>"
