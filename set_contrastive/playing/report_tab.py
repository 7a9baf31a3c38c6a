"""The third tab: figures of a study, of the folder that is shown or published ones."""

import html
import pathlib
import tempfile
import threading

import gradio as gr

from set_contrastive.base.errors import UserError
from set_contrastive.playing import child
from set_contrastive.playing import inline
from set_contrastive.playing import shelf
from set_contrastive.runs import run_folder
from set_contrastive.studies import registry

# Those of the report of cards_27, and of late_interaction_27.
_PUBLISHED = {
    "kl_by_subsets.png": "KL against the number of distinct subsets, a line per model",
    "kl_by_dimension.png": "KL against the dimension of the vectors, a line per game",
    "overlap_by_subsets.png": "Top-K overlap against the number of distinct subsets",
    "entropy_by_dimension.png": "Entropy of the predictions against the dimension",
    "example_union_27.png": "What each model predicts for one query of union_27",
    "late_interaction_27/kl_by_floats.png": "KL against the floats of a key, as one, "
    "two and four vectors",
}


class ReportTab:
    """The report, drawn when somebody first looks at it, and once for all.

    Args:
      workdir: The folder that the page shows; None for the models that ship.
    """

    def __init__(self, workdir: str | None):
        folder = pathlib.Path(workdir) if workdir else None
        self._study = (
            folder if folder and (folder / run_folder.STUDY).exists() else None
        )
        self._drawing = threading.Lock()
        self._drawn: str | None = None
        self._shown = gr.HTML("<p>Drawing.</p>", elem_id="sc-report")

    def connect(self, tab: gr.Tab) -> None:
        """Draws when the tab is opened."""
        tab.select(
            self._draw, None, self._shown, api_visibility="private", trigger_mode="once"
        )

    def _draw(self) -> str:
        with self._drawing:
            if self._drawn is None:
                self._drawn = reports(self._study) if self._study else _published()
        return self._drawn


def reports(study: pathlib.Path) -> str:
    """Returns the report of each study that was swept in a folder, in a frame.

    In place of a study of somebody's own it says how to draw it: `report` would import
    the module that it is told, and here a file tells it.
    """
    try:
        names = run_folder.read_studies(study / run_folder.STUDY)
    except UserError as error:
        return _wrong(str(error))
    return "".join(_report(study, name) for name in names)


def _report(study: pathlib.Path, name: str) -> str:
    if name not in registry.names():
        return _wrong(
            f"{name} is none of the project's studies; if you trust its code, draw it "
            f"with: python -m set_contrastive.report --study={name} --workdir={study}"
        )
    with tempfile.TemporaryDirectory(prefix="report_") as temporary:
        folder = pathlib.Path(temporary)
        theory = shelf.RESULTS / "theory"
        flags = [f"--workdir={study.resolve()}", f"--study={name}"]
        flags += [f"--output={folder / 'report'}", f"--theory={theory.resolve()}"]
        try:
            for _ in child.run("set_contrastive.report", flags, folder):
                pass
        except UserError as error:
            return _wrong(f"{name}: {error}")
        text = (folder / "report" / "index.html").read_text()
        return inline.page(f"Report of {name}", text)


def _wrong(text: str) -> str:
    return f'<div class="sc-wrong" role="alert"><p>{html.escape(text)}</p></div>'


def _published() -> str:
    figures = "".join(
        inline.picture(shelf.RESULTS / name, caption)
        for name, caption in _PUBLISHED.items()
        if (shelf.RESULTS / name).exists()
    )
    return (
        '<div class="sc-intro"><h2>What the study found</h2><p>Figures of the reports '
        "of cards_27 and late_interaction_27. Started with --workdir of a study, the "
        f"page shows that study's report here.</p></div>{figures}"
    )
