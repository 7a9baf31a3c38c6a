"""Tests of the page of an advice that has all there is."""

import ast
import base64
import html
import html.parser
import pathlib
import re

import pytest

from set_contrastive.reporting import advice_page
from tests.reporting import browser
from tests.reporting.parsed_page import FIGURES
from tests.reporting.parsed_page import without_spaces


def test_the_page_is_ordered_as_one_reads_it(full_page):
    page, _, _ = full_page
    assert page.titles[:2] == ["The query encoder limits these vectors", "Why"]
    assert page.titles[2:] == [
        "What to store",
        "What exists and survives",
        "What training reaches",
        "The judgements",
        "What was run",
    ]
    assert page.words.index("train the query encoder") < page.words.index("Why")


def test_the_page_says_first_what_to_store_and_what_it_costs(full_page):
    words = without_spaces(full_page[0].words)
    words = words[: words.index("Read a column")]
    for part in (
        "Store 48 dimensions in int8",
        "48 bytes a document, 48 MB for a million; the full vectors take 384 MB",
        "R@2 0.496",
        "95 % interval 0.446 to 0.546",
        "0.500 of 0.930",
        "3 to 18 dimensions",
        "first, unknown between",
    ):
        assert part in words


def test_causes_are_levels_and_the_gaps_between_them(full_page):
    page, _, _ = full_page
    *_, last = page.table("d", "a: yours")
    assert last[:7] == ["96", "0.500", "0.487", "0.733", "0.564", "0.900", "0.930"]
    # 0.733 - 0.5, 0.9 - 0.733, 0.93 - 0.9.
    assert last[7:10] == ["0.233", "0.167", "0.030"]
    assert last[10:] == ["0.711", "0.889", "PCA"]
    words = without_spaces(page.words)
    assert "0.233 to query vectors, 0.167 to document vectors, 0.030 to geom" in words
    assert "+0.110 beside the full vectors" in words
    assert "+0.150, so it is better than they are" in words


def test_the_ways_to_store_are_the_best_ones_and_the_recommended(full_page):
    page, _, _ = full_page
    best, every = (t[1:] for t in page.tables if t[0][0] == "way")
    assert len(every) == 7
    # PCA in 48 bytes is beaten by what is learned, which loses too much.
    assert [row[:4] for row in best] == [
        ["random", "48", "binary", "6"],
        ["learned", "48", "int8", "48"],
        ["PCA, recommended", "48", "int8", "48"],
        ["not reduced", "96", "int8", "96"],
        ["not reduced", "96", "float32", "384"],
    ]
    assert best[2][4:] == [
        "0.496",
        "0.446 to 0.546",
        "+0.004",
        "+0.002 to +0.008",
        "0.2500",
    ]
    assert best[0][-1] == "12.3"
    assert "bad" in full_page[1].partition("+0.020")[0][-60:]


def test_the_dimensions_that_survive_are_the_fewest_found(full_page):
    page, _, _ = full_page
    assert page.table("stored in") == [
        ["float32", "18", "all", "0.0021"],
        ["float16", "32", "all", "0.246"],
        ["bfloat16", "32", "all", "0.240"],
        ["int8", "32", "all", "0.235"],
        ["binary", "none found", "at most 0.5625, at d = 32", "-0.500"],
    ]
    words = without_spaces(page.words)
    assert "At least 3 (exact): every 2 of 6 documents <are> asked for" in words
    assert "rank all of the relevant documents first" in words
    assert "0.000012" in words and "14.9 dimensions (arXiv 2605.23556" in words


def test_training_is_shown_over_seeds(full_page):
    rows = full_page[0].table("objective", "d", "R@2")
    assert len(rows) == 9
    # Seeds reach 0.613 and 0.713.
    assert rows[1] == "softmax,32,0.663,0.613 to 0.713,0.700,0.321,2".split(",")


def test_the_judgements_are_shown_before_and_after(full_page):
    assert full_page[0].table("", "given", "distinct") == [
        ["queries, as rows", "1,234", "1,111"],
        ["documents, as columns", "5,678", "47"],
        ["relevant pairs", "4,321", ""],
        ["most relevant to a query", "9", ""],
    ]
    assert "drawn from them" not in full_page[0].words


def test_the_page_holds_all_it_shows(full_page):
    page, text, folder = full_page
    assert {path.stem for path in folder.glob("*.png")} == FIGURES
    assert len(page.links) == 2 * len(FIGURES)
    assert all(link.startswith("data:image/svg+xml;base64,") for link in page.links)
    for link in page.links:
        assert b"<svg" in base64.b64decode(link.partition("base64,")[2])
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert not re.search(r"https?:|@import|url\(", text)


def test_the_page_knows_nothing_of_the_advisor():
    folder = pathlib.Path(advice_page.__file__).parent
    for path in folder.glob("advice_*.py"):
        names = [
            name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
            for name in (node.module, *(alias.name for alias in node.names))
        ]
        assert "Any" in names
        assert not any("advisor" in name for name in names)


_MEASURE = """<!doctype html><meta name="color-scheme" content="light dark">
<iframe width="{width}" height="900" style="border: 0" srcdoc="{page}"></iframe>
<script>addEventListener("load", () => {{
  const page = document.querySelector("iframe").contentDocument;
  const images = [...page.images].map(image => image.naturalWidth);
  const wide = [...page.querySelectorAll(".scroll")].filter(
    table => table.scrollWidth > table.clientWidth).length;
  document.title = JSON.stringify({{images, wide,
    scroll: page.documentElement.scrollWidth,
    page: getComputedStyle(page.body).backgroundColor}}); }});</script>"""


@browser.needed
@pytest.mark.parametrize(("width", "dark"), [(390, True), (1200, False)])
def test_a_browser_shows_the_page_without_scrolling_sideways(
    full_page, tmp_path, width, dark
):
    """A window is at least 500 pixels wide, so a frame in it is as wide as a phone."""
    around = tmp_path / "around.html"
    around.write_text(_MEASURE.format(width=width, page=html.escape(full_page[1])))
    measured = browser.measured(around, tmp_path / "profile", "1300,1000", dark)
    assert measured["scroll"] <= width
    if width == 1200:  # All tables fit, that of the causes with its 13 columns too.
        assert measured["wide"] == 0
    assert len(measured["images"]) == len(FIGURES) and min(measured["images"]) > 300
    assert measured["page"] == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")
