"""The explanation of a key as HTML: a row for each pair, a bar for what it adds."""

import html

from set_contrastive.playing import card_svg
from set_contrastive.playing.why import Why

_METHODS = {
    "left out": "the pair left out",
    "replaced": "another pair in its place",
}


def render(found: Why) -> str:
    """Returns a table of the pairs, with how much each adds by each method."""
    methods = list(found.by_method)
    largest = max(
        [1e-9, *(abs(v) for values in found.by_method.values() for v in values)]
    )
    heads = "".join(f"<th scope=col>{_METHODS.get(m, m)}</th>" for m in methods)
    gives = "<th scope=col>gives the key</th>" if found.gives else ""
    rows = "".join(_row(found, unit, largest) for unit in range(len(found.units)))
    drives = max(
        range(len(found.units)), key=lambda unit: found.by_method[methods[0]][unit]
    )
    return (
        f'<section class="sc-why" aria-live="polite"><h3>What drives '
        f"{html.escape(card_svg.spoken(found.key))} in "
        f"{html.escape(found.title)}</h3><p>What a pair adds to the log probability of "
        f"the key, in nats: what is lost with it. Pair {drives + 1} adds most.</p>"
        '<div class="sc-scroll"><table><thead><tr><th scope=col>pair</th>'
        f"<th scope=col>cards</th>{gives}{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _row(found: Why, unit: int, largest: float) -> str:
    cards = " ".join(card_svg.draw(token) for token in found.units[unit])
    gives = ""
    if found.gives:
        gives = f"<td>{'<b>yes</b>' if found.gives[unit] else 'no'}</td>"
    bars = "".join(
        f'<td class="sc-bar" data-method="{method}" data-value="{values[unit]!r}" '
        f'style="--v:{values[unit] / largest:.4f}">'
        f'<i class="{"sc-up" if values[unit] > 0 else "sc-down"}"></i>'
        f"<span>{values[unit]:+.3f}</span></td>"
        for method, values in found.by_method.items()
    )
    return f"<tr><th scope=row>{unit + 1}</th><td>{cards}</td>{gives}{bars}</tr>"
