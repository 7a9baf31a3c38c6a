"""The second tab: a person's own judgements and vectors, answered by `advise`."""

import html
import os
import pathlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from set_contrastive.base.errors import UserError
from set_contrastive.playing import child
from set_contrastive.playing import inline


def build() -> None:
    """Makes the tab's components and says what they do."""
    gr.HTML(
        "<h2>Your own judgements and vectors</h2><p>How many dimensions do they need, "
        "and is the dimension what limits them? Judgements are TREC qrels, TSV, JSONL, "
        "CSV or Parquet; vectors are .npz with arrays ids and vectors, Parquet, or "
        ".npy with a file of ids. They stay on the machine that serves this page, in a "
        "folder that goes when it ends.</p>",
        elem_classes="sc-intro",
    )
    with gr.Row():
        judgements = gr.File(label="Judgements", elem_id="sc-judgements")
        queries = gr.File(
            label="Vectors of the queries (optional)",
            file_count="multiple",
            elem_id="sc-queries",
        )
        documents = gr.File(
            label="Vectors of the documents (optional)", file_count="multiple"
        )
    with gr.Row():
        measure = gr.Textbox(
            "R@10", label="Measure, such as R@10, nDCG@10, RR@10", max_length=40
        )
        dims = gr.Textbox(
            label="Dimensions to look at (optional)",
            placeholder="2,4,8,16",
            max_length=200,
        )
    with gr.Row(elem_classes="sc-actions"):
        ask = gr.Button("Advise", variant="primary", elem_id="sc-advise")
        example = gr.Button("Advise on the example, LIMIT-small")
        stop = gr.Button("Stop")
    state = gr.HTML("", elem_id="sc-advice-state")
    answer = gr.HTML("", elem_id="sc-advice")
    one: dict[str, Any] = {
        "api_visibility": "private",
        "concurrency_id": "advise",
        "concurrency_limit": 1,
        "show_progress": "hidden",
        "trigger_mode": "once",
    }
    given = ask.click(
        _given,
        [judgements, queries, documents, measure, dims],
        [state, answer],
        **one,
    )
    shipped = example.click(_example, None, [state, answer], **one)
    stop.click(
        lambda: (_told("Stopped."), ""),
        None,
        [state, answer],
        cancels=[given, shipped],
        api_visibility="private",
    )


def _given(
    judgements: str | None,
    queries: Sequence[str] | None,
    documents: Sequence[str] | None,
    measure: str,
    dims: str,
) -> Iterator[tuple[str, str]]:
    if not judgements:
        yield _told("Choose a file of judgements first.", wrong=True), ""
        return
    with tempfile.TemporaryDirectory(prefix="advice_") as name:
        folder = pathlib.Path(name)
        flags = [f"--measure={measure.strip() or 'R@10'}"]
        if dims.strip():
            flags.append(f"--dims={dims.strip()}")
        uploads: dict[str, Sequence[str] | None] = {
            "judgements": [judgements],
            "query_vectors": queries,
            "document_vectors": documents,
        }
        try:
            for flag, paths in uploads.items():
                if paths:
                    flags.append(f"--{flag}={_taken(folder / flag, paths)}")
        except UserError as error:
            yield _told(str(error), wrong=True), ""
            return
        yield from _advise(flags, folder)


def _example() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(prefix="advice_") as name:
        yield from _advise([], pathlib.Path(name))


def _advise(flags: Sequence[str], folder: pathlib.Path) -> Iterator[tuple[str, str]]:
    output = folder / "advice"
    start = time.monotonic()
    try:
        for line in child.run(
            "set_contrastive.advise", [*flags, f"--output={output}"], folder
        ):
            seconds = time.monotonic() - start
            yield _told(f"Working since {seconds:.0f} s. {line}"), ""
        text = (output / "index.html").read_text(encoding="utf-8")
    except UserError as error:
        yield _told(str(error), wrong=True), ""
        return
    seconds = time.monotonic() - start
    yield _told(f"Answered in {seconds:.0f} s."), inline.page("Advice", text)


def _taken(folder: pathlib.Path, uploads: Sequence[str]) -> str:
    """Puts uploads beside each other and returns the one that is no file of ids.

    Raises:
      UserError: If two files have the same name.
    """
    folder.mkdir()
    found: list[pathlib.Path] = []
    # A file that is uploaded twice has the same path.
    for upload in map(pathlib.Path, dict.fromkeys(uploads)):
        path = folder / upload.name
        if path in found:
            raise UserError(
                f"{folder.name}: expected files of different names, but two files are "
                f"called {path.name}"
            )
        try:
            os.link(upload, path)
        except OSError:
            shutil.copyfile(upload, path)
        found.append(path)
    vectors = [p for p in found if p.suffix in (".npz", ".npy", ".parquet")]
    ids = [p for p in vectors if p.name in ("ids.npy",) or p.name.endswith(".ids.npy")]
    return str(([p for p in vectors if p not in ids] or found)[0])


def _told(text: str, wrong: bool = False) -> str:
    kind = (
        'class="sc-wrong" role="alert"' if wrong else 'class="sc-summary" role="status"'
    )
    return f"<div {kind}><p>{html.escape(text)}</p></div>"
