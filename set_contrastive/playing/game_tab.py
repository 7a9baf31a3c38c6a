"""The first tab: a query, its keys as each model sees them, and what drives a key.

The browser holds what a person has chosen, in the values of the components; each event
sends all of it, so that nothing is shared between people, and of many quick clicks the
last one alone is answered.
"""

import json
import pathlib
from collections.abc import Sequence
from typing import Any

import gradio as gr
import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.playing import card_svg
from set_contrastive.playing import choices as choices_lib
from set_contrastive.playing import composer
from set_contrastive.playing import measured
from set_contrastive.playing import messages
from set_contrastive.playing import query_text
from set_contrastive.playing import view
from set_contrastive.playing.choices import Choices
from set_contrastive.playing.choices import Shown
from set_contrastive.playing.messages import told
from set_contrastive.playing.query_text import Wrong
from set_contrastive.playing.shelf import Model

_SCRIPTS = pathlib.Path(__file__).parent / "page"
_TEXT_AREA = (
    '<label for="sc-text">Query</label><textarea id="sc-text" rows="3" '
    'maxlength="20000" spellcheck="false"></textarea>'
)


def script(*names: str) -> str:
    """Returns scripts that ship with the page, one after the other."""
    return "\n".join((_SCRIPTS / f"{name}.js").read_text() for name in names)


class GameTab:
    """The components of the tab and what they do.

    Args:
      models: The models that there are, of one or more games.
    """

    def __init__(self, models: Sequence[Model]):
        self._models = models
        names = list(dict.fromkeys(model.game.spec.name for model in models))
        gr.HTML(
            "<h2>Where a vector runs out of dimensions</h2><p>A query is pairs of "
            "cards; a key matches if a pair and it make a set of three. Change a card, "
            "move d, and see probability leak to keys that do not match.</p>"
            # Outside of what may be hidden, as all cards are filled by it.
            f"{card_svg.definitions()}",
            elem_classes="sc-intro",
        )
        self._game = gr.Dropdown(names, label="Game", visible=len(names) > 1)
        self._composer = gr.HTML(
            html_template="${html}",
            html="",
            js_on_load=script("composer", "roving"),
            elem_id="sc-composer",
        )
        with gr.Row(elem_classes="sc-actions"):
            self._random = gr.Button("Random query", elem_id="sc-random")
            self._hardest = gr.Button("Hardest query", elem_id="sc-hardest")
            self._hardest_of = gr.Dropdown(label="Hardest for", elem_id="sc-hardest-of")
        with gr.Accordion("The query as text", open=False):
            self._typed = gr.HTML(
                html_template=_TEXT_AREA,
                text="",
                js_on_load=script("typed"),
                elem_id="sc-typed",
            )
            self._wrong = gr.HTML("", elem_id="sc-wrong")
        self._dims = gr.HTML(
            html_template="${html}",
            html="",
            js_on_load=script("dimension"),
            elem_id="sc-dims",
        )
        self._names = gr.CheckboxGroup(label="Models side by side", elem_id="sc-models")
        self._note = gr.HTML("", elem_id="sc-note")
        self._board = gr.HTML(
            html_template="${html}",
            html="",
            address="",
            js_on_load=script("board", "roving"),
            elem_id="sc-board",
        )
        self._why = gr.HTML("", elem_id="sc-why")

    def connect(self, page: gr.Blocks) -> None:
        """Says what happens when a page is opened and when something is chosen."""
        chosen = [self._game, self._composer, self._dims, self._names, self._board]
        answer: dict[str, Any] = {
            "fn": told(self._answer),
            "inputs": chosen,
            "outputs": [self._board, self._why],
            "show_progress": "hidden",
            "trigger_mode": "always_last",
            "concurrency_limit": 4,
        }
        everything = [*chosen, self._typed, self._wrong, self._hardest_of, self._note]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        answer["api_visibility"] = "private"
        last = {**quiet, "trigger_mode": "always_last"}
        triggers = [c.input for c in (self._dims, self._names, self._board)]
        gr.on([self._composer.input, *triggers], **answer)
        page.load(self._open, None, everything, **quiet).then(**answer)
        self._game.input(told(self._change_game), self._game, everything, **last).then(
            **answer
        )
        self._composer.input(
            lambda text: (_text(text), "", ""),
            self._composer,
            [self._typed, self._wrong, self._note],
            **last,
        )
        query = [self._composer, self._typed, self._wrong, self._note]
        self._typed.input(
            told(self._read), [self._game, self._typed], query, **last
        ).success(**answer)
        self._random.click(
            told(self._draw), self._game, query, trigger_mode="once", **quiet
        ).then(**answer)
        self._hardest.click(
            told(self._draw_hardest),
            [self._game, self._hardest_of, self._dims],
            query,
            trigger_mode="once",
            api_visibility="private",
            show_progress="minimal",
            show_progress_on=self._note,
        ).then(**answer)

    def _choices(self, game: str) -> Choices:
        return Choices.of(self._models, game)

    def _open(self, request: gr.Request) -> list[Any]:
        """Returns the values of a page as its address asks for."""
        try:
            shown = view.of_address(self._models, dict(request.query_params))
        except UserError as error:
            messages.warn(f"The address is not understood: {error}")
            shown = view.of_address(self._models, {})
        return self._everything(shown)

    def _change_game(self, game: str) -> list[Any]:
        return self._everything(view.of_address(self._models, {"game": game}))

    def _everything(self, shown: Shown) -> list[Any]:
        choices = self._choices(shown.game)
        titles = choices.titles
        return [
            shown.game,
            self._composed(choices, shown.text),
            gr.HTML(
                value=str(shown.dim or ""), html=view.slider(choices.dims, shown.dim)
            ),
            gr.CheckboxGroup(choices=titles, value=list(shown.names)),
            gr.HTML(value=_picked(shown)),
            *(_text(shown.text), ""),
            gr.Dropdown(choices=titles, value=titles[0][1]),
            "",
        ]

    def _composed(self, choices: Choices, text: str) -> gr.HTML:
        asked = view.query(choices, text)
        return gr.HTML(value=text, html=composer.render(choices.game, asked))

    def _answer(
        self, game: str, text: str, dim: str, names: list[str], picked: str | None
    ) -> tuple[gr.HTML, str]:
        """Returns the board and the explanation of all that is chosen."""
        choices = self._choices(game)
        shown = Shown(
            game,
            text,
            choices_lib.dim_of(dim, choices.dims),
            tuple(names),
            choices_lib.picked_of(picked),
        )
        seen = view.render(choices, shown)
        return gr.HTML(html=seen.board, address=seen.address), seen.why

    def _read(self, game: str, text: str) -> list[Any]:
        """Takes a typed query, or marks where it is wrong."""
        choices = self._choices(game)
        found = query_text.read(choices.game, text)
        if isinstance(found, Wrong):
            return [gr.skip(), gr.skip(), query_text.marked(text, found), gr.skip()]
        return [self._composed(choices, text), gr.skip(), "", ""]

    def _draw(self, game: str) -> list[Any]:
        choices = self._choices(game)
        return self._drawn(choices, view.random_query(choices), "")

    def _draw_hardest(self, game: str, name: str, dim: str) -> list[Any]:
        choices = self._choices(game)
        model = choices.model(name, choices_lib.dim_of(dim, choices.dims))
        number = measured.NUM_DRAWN
        found, kl = measured.hardest(model, np.random.default_rng(), number)
        note = (
            f'<p class="sc-summary">Of {number:,} random queries {model.title} is '
            f"worst on this one: KL {kl:.4f}.</p>"
        )
        return self._drawn(choices, found, note)

    def _drawn(self, choices: Choices, query: Any, note: str) -> list[Any]:
        text = choices.game.format(query)
        return [self._composed(choices, text), _text(text), "", note]


def _text(text: str) -> gr.HTML:
    return gr.HTML(value=text, text=text)


def _picked(shown: Shown) -> str:
    return json.dumps(shown.picked) if shown.picked else ""
