"""All keys as cards, for each model: the true ones framed, filled by probability."""

import html
import math
from collections.abc import Sequence

from set_contrastive.playing import card_svg
from set_contrastive.playing.measured import Measured

_INVISIBLE = 0.0005


def render(shown: Sequence[Measured], picked: tuple[str, str] | None) -> str:
    """Returns HTML of the keys of each model, side by side.

    Args:
      shown: What the models predict for one query.
      picked: Name of the model and the key that are explained.
    """
    if not shown:
        return '<p class="sc-summary">Choose a model to look at.</p>'
    matches = shown[0].matches
    size = int(matches.sum())
    full = max(1 / size, *(found.probabilities.max() for found in shown))
    panels = "".join(_panel(found, size, full, picked) for found in shown)
    return (
        f'<p class="sc-summary">{size} of {matches.size} keys match, framed. Each '
        f"should have {_percent(1 / size)} (the line), the others nothing.</p>"
        f'<div class="sc-panels">{panels}</div>'
    )


def _panel(
    found: Measured, size: int, full: float, picked: tuple[str, str] | None
) -> str:
    model = found.model
    measures = (
        ("KL", "kl_nats", _kl(found.kl_nats), "nats", found.kl_nats),
        ("overlap", "overlap", f"{found.overlap:.3f}", "of 1", found.overlap),
        (
            *("entropy", "entropy_bits", f"{found.entropy_bits:.2f}"),
            *(f"of {math.log2(size):.2f} bits", found.entropy_bits),
        ),
        ("on wrong keys", "leaked", _percent(found.leaked), "", found.leaked),
    )
    numbers = "".join(
        f'<div><dt>{label}</dt><dd data-measure="{name}" data-value="{value!r}">'
        f"{text}</dd><dd>{unit}</dd></div>"
        for label, name, text, unit, value in measures
    )
    keys = "".join(
        _key(found, number, 1 / size / full, full, picked)
        for number in range(found.matches.size)
    )
    title = html.escape(model.title)
    return (
        f'<section class="sc-panel" aria-label="{title}" '
        f'data-panel="{html.escape(model.name)}"><h3>{title}</h3>'
        f'<dl class="sc-measures" aria-live="polite">{numbers}</dl>'
        f'<p class="sc-floor">{_floor(found)}</p>'
        '<div class="sc-keys" role="group" data-roving '
        f'aria-label="Keys and their probabilities, {title}">{keys}</div></section>'
    )


def _floor(found: Measured) -> str:
    model = found.model
    parts = []
    if model.mean_kl is not None:
        parts.append(f"Over all queries its mean KL is {model.mean_kl:.2g}.")
    if model.floor is not None:
        parts.append(
            f"The floor at d = {model.vector_dim} is {_at_most(model.floor)}, the "
            "least mean that was found for any vectors."
        )
    elif model.vector_dim is None:
        parts.append("No dimension limits it, so it has no floor but 0.")
    else:
        parts.append("No floor has been searched for it.")
    return " ".join(parts)


def _kl(value: float) -> str:
    return f"{value:.4f}" if value >= 5e-5 else f"{max(value, 0.0):.1e}"


def _at_most(value: float) -> str:
    if value >= 1e-5:
        return f"at most <b data-floor>{value:.3g}</b>"
    return "<b data-floor>below 0.00001</b>"


def _key(
    found: Measured,
    number: int,
    level: float,
    full: float,
    picked: tuple[str, str] | None,
) -> str:
    model = found.model
    name, p = model.game.keys[number], float(found.probabilities[number])
    matches = bool(found.matches[number])
    kind = "sc-match" if matches else "sc-wrong-key"
    label = (
        f"{card_svg.spoken(name)}: {_percent(p)}, "
        f"{'matches' if matches else 'does not match'}"
    )
    return (
        f'<button type="button" class="sc-key {kind}" data-key="{html.escape(name)}" '
        f'data-model="{html.escape(model.name)}" data-p="{p:.6f}" '
        f'style="--p:{p / full:.4f};--each:{level:.4f}" '
        f'tabindex="{0 if not number else -1}" '
        f'aria-pressed="{str(picked == (model.name, name)).lower()}" '
        f'aria-label="{html.escape(label)}" title="{html.escape(label)}">'
        f"{card_svg.draw(name)}"
        f"<span>{_percent(p) if p >= _INVISIBLE else ''}</span></button>"
    )


def _percent(value: float) -> str:
    percentage = 100 * value
    return f"{percentage:.0f}%" if percentage >= 9.95 else f"{percentage:.1f}%"
