"""The page: three tabs, and how they look."""

import pathlib
from collections.abc import Sequence

import gradio as gr

from set_contrastive.playing import advice_tab
from set_contrastive.playing.game_tab import GameTab
from set_contrastive.playing.report_tab import ReportTab
from set_contrastive.playing.shelf import Model

STYLE = pathlib.Path(__file__).parent / "page" / "page.css"
# Uploads that nobody has used for an hour are removed.
_HOUR = 3600
_TITLE = "set_contrastive: where a vector runs out of dimensions"


def build(models: Sequence[Model], workdir: str | None = None) -> gr.Blocks:
    """Returns the page.

    Args:
      models: The models that it can show.
      workdir: The folder that they are from, for the report of a study.
    """
    page = gr.Blocks(title=_TITLE, analytics_enabled=False, delete_cache=(_HOUR, _HOUR))
    with page:
        with gr.Tab("Play"):
            game = GameTab(models)
        with gr.Tab("Your own vectors"):
            advice_tab.build()
        with gr.Tab("The study") as tab:
            report = ReportTab(workdir)
        report.connect(tab)
        game.connect(page)
    return page


def theme() -> gr.themes.Base:
    """Returns a theme whose fonts are the machine's own: nothing is fetched."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    return gr.themes.Default(
        primary_hue="blue",
        neutral_hue="slate",
        font=sans,
        font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
    )
