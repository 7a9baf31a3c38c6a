"""Tests of the report that the command writes, on numbers that are known by hand."""

import base64
import csv
import html
import html.parser
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from set_contrastive.studies import cards_27
from tests.reporting import browser

ROOT = pathlib.Path(__file__).resolve().parents[2]
_HEADER = (
    "game,model,vector_dim,seed,kl_nats,top_k_overlap,entropy_bits,num_params,steps,"
    "train_seconds,objective"
)


@pytest.fixture(scope="module")
def output(known_study, tmp_path_factory):
    """The report, written by the command, and what it printed."""
    folder = tmp_path_factory.mktemp("report") / "output"
    command = [sys.executable, "-X", "importtime", "-m", "set_contrastive.report"]
    found = subprocess.run(
        [*command, f"--workdir={known_study}", f"--output={folder}"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    )
    return folder, found


def test_the_report_needs_no_tensorflow(output):
    _, found = output
    imported = {
        line.split("|")[2].strip()
        for line in found.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert "numpy" in imported
    assert not imported & {"tensorflow", "keras", "tensorflow_datasets"}


def test_the_table_has_a_row_a_cell_and_leaves_none_out(output, known_study):
    folder, found = output
    text = (folder / "cards_27.csv").read_text()
    assert text.splitlines()[0] == _HEADER
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 90
    measured = [row for row in rows if row["kl_nats"]]
    assert len(measured) == 34  # 2 games x 9 models x 2 seeds, less two.
    assert rows[0] == {
        "game": "set_27",
        "model": "two_tower",
        "vector_dim": "4",
        "seed": "0",
        "kl_nats": "0.1",
        "top_k_overlap": "0.5",
        "entropy_bits": "4",
        "num_params": "1000",
        "steps": str(cards_27.STUDY.cells("", 0)[0].config.steps),
        "train_seconds": "60.0",
        "objective": rows[0]["objective"],
    }
    assert {row["vector_dim"] for row in rows if row["model"] == "cross_encoder"} == {
        ""
    }
    assert "left out: set_27/two_tower_d4/seed_1 is not started" in found.stdout
    assert "left out: set_27/two_tower_d8/seed_1 is half-written" in found.stdout


def test_json_holds_mean_spread_goal_and_reference(output):
    folder, _ = output
    verdicts = json.loads((folder / "cards_27.json").read_text())["verdicts"]
    found = {(v["game"], v["model"]): v for v in verdicts}
    both = found["union_27", "two_tower_d4"]
    assert both["kl_nats"] == pytest.approx(0.2)
    assert both["spread"] == pytest.approx(0.2 / np.sqrt(2))
    assert both["goal"] == pytest.approx(0.36615)
    assert both["reference"] == 0.301
    one = found["set_27", "two_tower_d8"]
    assert (one["kl_nats"], one["spread"]) == (0.1, None)
    assert found["shatter_27", "classifier"]["kl_nats"] is None


class _Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.rows = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [v for k, v in attributes if k in ("src", "href", "srcset")]
        if tag == "tr":
            self.rows.append([])

    def handle_data(self, data):
        if self.rows and data.strip():
            self.rows[-1].append(data.strip())


def test_the_page_holds_all_it_shows(output):
    folder, _ = output
    text = (folder / "index.html").read_text()
    found = _Page()
    found.feed(text)
    beside, *images = found.links
    assert beside == "geometry.html" and (folder / beside).exists()
    assert images and all(link.startswith("data:") for link in images)
    assert "script" not in found.tags and "link" not in found.tags
    for link in images:
        assert b"<svg" in base64.b64decode(link.partition("base64,")[2])
    # Counted by hand: of union_27 d = 4 and d = 8 (0.201) are at or below the study.
    assert "<strong>2 of 16</strong>cells at or below" in text
    assert "<strong>40%</strong>of the smallest two-tower" in text
    assert "56 of 90 cells are not finished" in text
    assert "c0ffee" in text and "abacus &lt;1&gt;" in text
    row = next(
        row for row in found.rows if row[0] == "two-tower d = 4" and "0.301" in row
    )
    assert row[1:7] == ["0.200", "± 0.141", "0.301", "-0.101", "0.366 met", "0.5000"]
    names = {path.stem for path in folder.glob("*.png")}
    assert {"kl_by_subsets", "overlap_by_subsets", "kl_by_dimension"} <= names
    assert {"example_union_27", "entropy_by_dimension_middle"} <= names
    assert {"kl_by_size_union_27", "curves_union_27"} <= names


_MEASURE = """<script>addEventListener("load", () => {
  const widths = [...document.images].map(image => image.naturalWidth);
  document.title = JSON.stringify({scroll: document.documentElement.scrollWidth,
    window: innerWidth, images: widths,
    page: getComputedStyle(document.body).backgroundColor}); });</script>"""


@browser.needed
@pytest.mark.parametrize(
    ("page", "width", "dark"),
    [("index", 500, False), ("index", 1280, True), ("geometry", 500, True)],
)
def test_a_browser_shows_the_page_without_scrolling_sideways(
    output, tmp_path, page, width, dark
):
    copy = tmp_path / f"{page}.html"
    text = (output[0] / f"{page}.html").read_text()
    copy.write_text(text.replace("</head>", f"{_MEASURE}</head>"))
    measured = browser.measured(copy, tmp_path / "profile", f"{width},900", dark)
    assert measured["scroll"] <= measured["window"]
    assert measured["images"] and min(measured["images"]) > 300
    assert measured["page"] == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")
