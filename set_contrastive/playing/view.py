"""From what a person chose to what the page shows, without the page."""

import dataclasses
import html
import json
from collections.abc import Mapping, Sequence

import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import Queries
from set_contrastive.playing import board
from set_contrastive.playing import choices as choices_lib
from set_contrastive.playing import measured
from set_contrastive.playing import query_text
from set_contrastive.playing import why
from set_contrastive.playing import why_table
from set_contrastive.playing.choices import Choices
from set_contrastive.playing.choices import Shown
from set_contrastive.playing.query_text import Wrong
from set_contrastive.playing.shelf import Model

# The query of a page that was opened without one: the same for all.
_FIRST_SEED = 1


@dataclasses.dataclass(frozen=True)
class View:
    """What the page shows of a choice: HTML, and the address that brings it back."""

    board: str
    why: str
    address: str


def of_address(models: Sequence[Model], values: Mapping[str, str]) -> Shown:
    """Returns what an address asks for; a new page where it says nothing.

    Raises:
      UserError: If it asks for what is not there.
    """
    names = [model.game.spec.name for model in models]
    default = "union_27" if "union_27" in names else names[0]
    choices = Choices.of(models, values.get("game", default))
    dim = choices_lib.dim_of(values.get("d"), choices.dims)
    shown = choices_lib.names_of(values.get("models")) or choices.first
    for name in shown:
        choices.model(name, dim)
    text = values.get("q") or choices.game.format(random_query(choices, _FIRST_SEED))
    query(choices, text)
    picked = choices_lib.picked_of(values.get("key"))
    return Shown(choices.game.spec.name, text, dim, shown, picked)


def query(choices: Choices, text: str) -> Queries:
    """Returns the query of a text.

    Raises:
      UserError: If it is none of the game.
    """
    found = query_text.read(choices.game, text)
    if isinstance(found, Wrong):
        raise UserError(found.message)
    return found


def random_query(choices: Choices, seed: int | None = None) -> Queries:
    """Returns a random query `[T]`."""
    drawn: Queries = choices.game.sample(np.random.default_rng(seed), 1)[0]
    return drawn


def render(choices: Choices, shown: Shown) -> View:
    """Measures the models that are shown, and explains the picked key.

    Raises:
      UserError: If what was chosen is not there.
    """
    asked = query(choices, shown.text)
    models = dict.fromkeys(choices.model(name, shown.dim) for name in shown.names)
    found = [measured.measure(model, asked) for model in models]
    picked = shown.picked
    if picked and picked[0] not in {model.name for model in models}:
        picked = None  # Its model is no longer shown.
    explained = ""
    if picked:
        model = choices.model(picked[0], shown.dim)
        try:
            explained = why_table.render(why.explain(model, asked, picked[1]))
        except UserError as error:
            explained = f'<p class="sc-summary">{html.escape(str(error))}</p>'
    kept = dataclasses.replace(shown, picked=picked)
    return View(board.render(found, picked), explained, kept.address())


def slider(dims: Sequence[int], dim: int | None) -> str:
    """Returns HTML of a range over the dimensions that there are."""
    if dim is None or len(dims) < 2:
        return ""
    ticks = "".join(f"<span>{d}</span>" for d in dims)
    return (
        '<label class="sc-dimension" for="sc-d">Dimension of the vectors, d = '
        f"<output>{dim}</output></label>"
        f'<input id="sc-d" type="range" min="0" max="{len(dims) - 1}" step="1" '
        f'value="{dims.index(dim)}" data-dims="{html.escape(json.dumps(list(dims)))}" '
        f'aria-valuetext="d = {dim}">'
        f'<div class="sc-ticks" aria-hidden="true">{ticks}</div>'
    )
