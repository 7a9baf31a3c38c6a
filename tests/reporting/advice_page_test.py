"""Tests of the page of an advice, on answers that are written by hand."""

import ast
import base64
import html
import html.parser
import json
import pathlib
import re
import shutil
import subprocess

import pytest
from matplotlib import pyplot

from set_contrastive.reporting import advice_causes
from set_contrastive.reporting import advice_page
from set_contrastive.reporting import advice_several

_FIGURES = {"causes", "stored", "survives", "reached"}
_EVIL = "R@2<script>alert(1)</script>$x_"


def _stored(reduction, precision, dim, value, loss_high, size, ms=0.25):
    return {
        "reduction": reduction,
        "precision": precision,
        "dim": dim,
        "value": value,
        "low": value - 0.05,
        "high": value + 0.05,
        "bytes_per_document": size,
        "ms_per_query": ms,
        "loss": 0.5 - value,
        "loss_low": 0.5 - value - 0.002,
        "loss_high": loss_high,
    }


def _cause(dim, *levels):
    names = ("as_is", "query_head", "queries_free", "documents_free", "all_free")
    names += ("best_possible", "queries_free_float16", "all_free_float16")
    return {"dim": dim, "reduction": "pca", **dict(zip(names, levels, strict=True))}


def _full():
    """Vectors of 96 dimensions, of which 48 in int8 are enough."""
    return {
        "judgements": {
            "queries": 1234,
            "documents": 5678,
            "pairs": 4321,
            "distinct_rows": 1111,
            "distinct_columns": 47,
            "max_relevant": 9,
            "informative": True,
            "reason": "queries share parts of their documents",
            "trained_queries": 1234,
        },
        "exists": {
            "lower": 3,
            "lower_reason": "every 2 of 6 documents <are> asked for",
            "upper": 18,
            "upper_reason": "moment curve",
            "witness": "witness.npz",
            "recall": 1.0,
            "min_gap": 0.0000123,
            "k_log_n_over_k": 14.88,
        },
        "robust": [
            {"precision": name, "dim": dim, "recall": recall, "min_gap": gap}
            for name, dim, recall, gap in (
                ("float32", 18, 1.0, 0.0021),
                ("float32", 32, 1.0, 0.25),
                ("float16", 18, 0.875, -0.0004),
                ("float16", 32, 1.0, 0.246),
                ("bfloat16", 32, 1.0, 0.24),
                ("int8", 32, 1.0, 0.235),
                ("binary", 18, 0.4375, -0.9),
                ("binary", 32, 0.5625, -0.5),
            )
        ],
        "reached": [
            {
                "objective": objective,
                "dim": dim,
                "seed": seed,
                "value": value + 0.1 * seed,
                "ndcg_at_10": 0.7,
                "kl_nats": 0.321,
            }
            for objective in ("softmax", "sigmoid", "infonce")
            for dim, value in ((2, 0.213), (32, 0.613), (96, 0.801))
            for seed in (0, 1)
        ],
        "yours": [
            _stored("none", "float32", 96, 0.5, 0.0, 384),
            _stored("none", "int8", 96, 0.499, 0.004, 96),
            _stored("pca", "float32", 48, 0.497, 0.006, 192),
            _stored("pca", "int8", 48, 0.496, 0.0081, 48),
            _stored("learned", "int8", 48, 0.498, 0.02, 48),
            _stored("prefix", "int8", 48, 0.301, 0.25, 48),
            _stored("random", "binary", 48, 0.203, 0.35, 6, ms=12.34),
        ],
        "causes": [
            _cause(2, 0.1, 0.12, 0.2, 0.15, 0.31, 0.93, 0.19, 0.3),
            _cause(48, 0.4, 0.45, 0.6, 0.5, 0.93, 0.93, 0.59, 0.91),
            _cause(96, 0.5, 0.487, 0.733, 0.564, 0.9, 0.93, 0.711, 0.889),
        ],
        "verdict": "query encoder",
        "recommendation": {
            "reduction": "pca",
            "dim": 48,
            "precision": "int8",
            "bytes_per_million": 48_000_000,
            "value": 0.496,
            "low": 0.446,
            "high": 0.546,
            "loss": 0.004,
            "loss_high": 0.0081,
        },
        "reranker": {
            "value": 0.61,
            "low_value": 0.58,
            "high_value": 0.64,
            "gain": 0.11,
            "low": 0.07,
            "high": 0.15,
        },
        "next_step": "train the query encoder",
        "measure": "R@2",
        "provenance": {
            "command": "python -m set_contrastive.advise --judgements='<b>.txt'",
            "commit": "c0ffee",
            "finished": "2026-01-02T03:04:05+00:00",
            "versions": {"keras": "3"},
            "machine": {
                "processor": "abacus <1>",
                "cores": 2,
                "memory_gib": 4,
                "system": "X",
            },
        },
    }


def _without_vectors():
    """Judgements alone, too large for a witness to be written."""
    advice = _full()
    advice["exists"] |= {"witness": None, "recall": None, "min_gap": None}
    empty = {"yours": [], "causes": [], "recommendation": None, "verdict": "none"}
    gain = {"gain": None, "low": None, "high": None}
    return advice | empty | {"reranker": advice["reranker"] | gain}


def _uninformative():
    """One relevant document a query: 2 dimensions, and nothing was trained."""
    advice = _full()
    reason = "these judgements cannot reveal a limit of the dimension"
    advice["judgements"] |= {"informative": False, "reason": reason}
    advice["exists"] |= {"lower": 2, "upper": 2}
    advice |= {"verdict": "judgements cannot tell", "reranker": None}
    return advice | {"reached": [], "robust": []}


class _Page(html.parser.HTMLParser):
    """The words of a page, its titles, tables and links."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.tables, self.titles, self.words = [], [], [], [], ""
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [v for k, v in attributes if k in ("src", "href", "srcset")]
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._cell = True
        elif tag in ("h1", "h2"):
            self.titles.append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data):
        if self.tags[-1:] in ([], ["style"]):
            return
        self.words += data.replace("\xa0", " ").replace("\n", " ")
        if self._cell:
            self.tables[-1][-1][-1] += data.strip()
        elif self.tags[-1] in ("h1", "h2"):
            self.titles[-1] += data.strip()

    def table(self, *head):
        """Returns the rows of the tables with such a head."""
        (found, *_) = (t for t in self.tables if t[0][: len(head)] == list(head))
        return found[1:]


def _write(advice, output):
    advice_page.write(advice, output)
    text = (output / "index.html").read_text(encoding="utf-8")
    return _Page(text), text


def _without_spaces(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """The page of all there is, its text and its folder."""
    folder = tmp_path_factory.mktemp("advice") / "output"
    return *_write(_full() | {"tolerance": 0.01}, folder), folder


def test_the_page_is_ordered_as_one_reads_it(full):
    page, _, _ = full
    assert page.titles[:2] == ["The query encoder limits these vectors", "Why"]
    assert page.titles[2:] == [
        "What to store",
        "What exists and survives",
        "What training reaches",
        "The judgements",
        "What was run",
    ]
    assert page.words.index("train the query encoder") < page.words.index("Why")


def test_the_page_says_first_what_to_store_and_what_it_costs(full):
    words = _without_spaces(full[0].words)
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


def test_causes_are_levels_and_the_gaps_between_them(full):
    page, _, _ = full
    *_, last = page.table("d", "a: yours")
    assert last[:7] == ["96", "0.500", "0.487", "0.733", "0.564", "0.900", "0.930"]
    # 0.733 - 0.5, 0.9 - 0.733, 0.93 - 0.9.
    assert last[7:10] == ["0.233", "0.167", "0.030"]
    assert last[10:] == ["0.711", "0.889", "PCA"]
    words = _without_spaces(page.words)
    assert "0.233 to query vectors, 0.167 to document vectors, 0.030 to geom" in words
    assert "+0.110 beside the full vectors" in words
    assert "+0.150, so it is better than they are" in words


def test_the_ways_to_store_are_the_best_ones_and_the_recommended(full):
    page, _, _ = full
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
    assert "bad" in full[1].partition("+0.020")[0][-60:]


def test_the_dimensions_that_survive_are_the_fewest_found(full):
    page, _, _ = full
    assert page.table("stored in") == [
        ["float32", "18", "all", "0.0021"],
        ["float16", "32", "all", "0.246"],
        ["bfloat16", "32", "all", "0.240"],
        ["int8", "32", "all", "0.235"],
        ["binary", "none found", "at most 0.5625, at d = 32", "-0.500"],
    ]
    words = _without_spaces(page.words)
    assert "At least 3 (exact): every 2 of 6 documents <are> asked for" in words
    assert "rank all of the relevant documents first" in words
    assert "0.000012" in words and "14.9 dimensions (arXiv 2605.23556" in words


def test_training_is_shown_over_seeds(full):
    rows = full[0].table("objective", "d", "R@2")
    assert len(rows) == 9
    # Seeds reach 0.613 and 0.713.
    assert rows[1] == "softmax,32,0.663,0.613 to 0.713,0.700,0.321,2".split(",")


def _with_several():
    """The same, and two or four vectors of a document by MaxSim."""
    advice = _full()
    for row in advice["reached"]:
        row["vectors_per_document"] = 1
    advice["reached"] += [
        {
            "objective": "max_sim",
            "dim": dim,
            "seed": seed,
            "value": value - 0.1 * seed,
            "ndcg_at_10": 0.8,
            "kl_nats": 0.25 + 0.1 * seed,
            "vectors_per_document": number,
        }
        for number, dim, value in ((2, 16, 0.9), (4, 8, 0.95), (4, 2, 0.5))
        for seed in (0, 1)
    ]
    return advice


def test_several_vectors_stand_beside_one_of_as_many_floats(full, tmp_path):
    page, _ = _write(_with_several(), tmp_path)
    assert page.table("floats a document") == [
        "8,4,2,0.500,,0.400 to 0.500,0.800,0.250,,2".split(","),
        # One vector of 32 dimensions reaches 0.613 and 0.713.
        "32,2,16,0.900,0.713,0.800 to 0.900,0.800,0.250,0.321,2".split(","),
        "32,4,8,0.950,0.713,0.850 to 0.950,0.800,0.250,0.321,2".split(","),
    ]
    words = _without_spaces(page.words)
    assert "so each is a lower bound of what so many floats can reach" in words
    assert "the least KL an upper bound of the least there is" in words
    assert "fitted to the very queries that are measured" in words
    assert {path.stem for path in tmp_path.glob("*.png")} == _FIGURES | {"several"}
    # What is said of one vector stays as it is.
    one = ("objective", "d", "R@2")
    assert page.table(*one) == full[0].table(*one)
    page, _ = _write(_full(), tmp_path)
    assert {path.stem for path in tmp_path.glob("*.png")} == _FIGURES
    assert "MaxSim" not in page.words


def test_lines_of_several_vectors_are_drawn_where_they_are():
    drawn = advice_several.figure(_with_several()["reached"], "R@2")
    figure = pyplot.figure(figsize=drawn.size, layout="constrained")
    drawn.draw(figure)
    (axes,) = figure.axes
    lines = {
        line.get_label(): line.get_xydata().ravel().round(6).tolist()
        for line in axes.lines
    }
    pyplot.close(figure)
    assert lines == {
        "one vector, best objective": [2, 0.263, 32, 0.663, 96, 0.851],
        "2 vectors, MaxSim": [32, 0.85],
        "4 vectors, MaxSim": [8, 0.45, 32, 0.9],
    }


def test_the_judgements_are_shown_before_and_after(full):
    assert full[0].table("", "given", "distinct") == [
        ["queries, as rows", "1,234", "1,111"],
        ["documents, as columns", "5,678", "47"],
        ["relevant pairs", "4,321", ""],
        ["most relevant to a query", "9", ""],
    ]
    assert "drawn from them" not in full[0].words


def test_the_page_holds_all_it_shows(full):
    page, text, folder = full
    assert {path.stem for path in folder.glob("*.png")} == _FIGURES
    assert len(page.links) == 2 * len(_FIGURES)
    assert all(link.startswith("data:image/svg+xml;base64,") for link in page.links)
    for link in page.links:
        assert b"<svg" in base64.b64decode(link.partition("base64,")[2])
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert not re.search(r"https?:|@import|url\(", text)


def test_what_comes_from_the_input_is_text(tmp_path):
    advice = _full() | {"measure": _EVIL, "next_step": "<i>look</i>"}
    advice["judgements"]["reason"] = "<img src=x>"
    page, text = _write(advice, tmp_path)
    assert not {"script", "i", "b", "are"} & set(page.tags)
    assert page.tags.count("img") == len(_FIGURES)
    assert "R@2&lt;script&gt;" in text and "abacus &lt;1&gt;" in text
    assert _EVIL in page.words and "--judgements='<b>.txt'" in page.words


def test_without_vectors_the_judgements_are_answered(tmp_path):
    page, _ = _write(_without_vectors(), tmp_path)
    assert page.titles[0] == "What the judgements alone tell of the dimension"
    assert {path.stem for path in tmp_path.glob("*.png")} == {"survives", "reached"}
    words = _without_spaces(page.words)
    assert "--query_vectors" in words and "Store" not in words
    assert "R@2 0.610 [0.580, 0.640]; what it adds is unknown" in words
    assert "none were scored again" in words and "witness.npz" not in words


def test_judgements_that_cannot_tell_are_said_to_first(tmp_path):
    page, text = _write(_uninformative(), tmp_path)
    assert page.titles[0] == "These judgements cannot tell what limits vectors"
    words = _without_spaces(page.words)
    reason = "These judgements cannot reveal a limit of the dimension."
    assert words.index(reason) < words.index("Next:")
    assert "<strong>2 dimensions</strong>" in text
    assert ", unknown between" not in words
    assert "No free vectors were trained" in words
    # Without a tolerance nothing is called within it.
    assert "+0.002 to +0.008</td>" in text


def test_what_is_uncertain_is_said(tmp_path):
    advice = _full()
    advice["judgements"]["trained_queries"] = 777
    advice["reranker"]["low"] = -0.01
    page, _ = _write(advice, tmp_path)
    words = _without_spaces(page.words)
    assert "-0.010 to +0.150, so no difference is shown" in words
    assert "777 queries that were drawn from them" in words
    assert "Both bounds hold for all queries" in words


def test_a_ranking_that_is_worse_is_called_so_and_no_reranker(tmp_path):
    advice = _full()
    advice["reranker"] |= {"gain": -0.079, "low": -0.109, "high": -0.05}
    words = _without_spaces(_write(advice, tmp_path)[0].words)
    assert "The ranking of --runs has R@2 0.610" in words
    assert "-0.109 to -0.050, so it is worse than they are" in words
    assert "reranker" not in words


@pytest.mark.parametrize("mendable", [False, True])
def test_a_side_that_is_not_told_is_not_in_the_title(mendable, tmp_path):
    advice = _full()
    advice["sides"] = {
        "told": False,
        "reason": "free vectors cannot tell the two sides apart: <both> reach 1.000",
        "lost": 0.43,
        "query_head_recovers": 0.2,
        "mendable": mendable,
    }
    page, _ = _write(advice, tmp_path)
    assert page.titles[0] == "An encoder limits these vectors, which one cannot be told"
    words = _without_spaces(page.words)
    assert "is not told: free vectors cannot tell the two sides apart: <both>" in words
    assert "recovers 0.200 of the 0.430 that is lost" in words
    assert ("can be mended cheaply" in words) is mendable


def test_a_side_that_is_told_says_by_what(tmp_path):
    advice = _full() | {"sides": {"told": True, "reason": "the query vectors, p = 0.3"}}
    page, _ = _write(advice, tmp_path)
    assert page.titles[0] == "The query encoder limits these vectors"
    assert "Which side loses is told: the query vectors, p = 0.3." in page.words


def test_figures_of_an_earlier_page_do_not_stay(tmp_path):
    (tmp_path / "mine.png").touch()
    _write(_full(), tmp_path)
    _write(_without_vectors(), tmp_path)
    left = {path.stem for path in tmp_path.glob("*.png")}
    assert left == {"survives", "reached", "mine"}


def test_the_legend_of_causes_lies_inside_the_figure():
    drawn = advice_causes.causes(_full()["causes"], "nDCG@10")
    figure = pyplot.figure(figsize=drawn.size, layout="constrained")
    drawn.draw(figure)
    figure.canvas.draw()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    pyplot.close(figure)
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1


@pytest.mark.parametrize("dims", [[7], [*range(1, 41)]])
def test_one_dimension_and_many_can_be_drawn(dims, tmp_path):
    advice = _full()
    for name in ("causes", "reached", "robust"):
        advice[name] = [advice[name][0] | {"dim": dim} for dim in dims]
    advice["yours"] = [
        advice["yours"][0] | {"dim": dim, "bytes_per_document": 4 * dim} for dim in dims
    ]
    page, _ = _write(advice, tmp_path)
    assert len(page.table("d", "a: yours")) == len(dims)
    assert {path.stem for path in tmp_path.glob("*.png")} == _FIGURES


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


@pytest.mark.skipif(
    not shutil.which("chromium"), reason="no chromium on this machine to look at it"
)
@pytest.mark.parametrize(("width", "dark"), [(390, True), (1200, False)])
def test_a_browser_shows_the_page_without_scrolling_sideways(
    full, tmp_path, width, dark
):
    """A window is at least 500 pixels wide, so a frame in it is as wide as a phone."""
    around = tmp_path / "around.html"
    around.write_text(_MEASURE.format(width=width, page=html.escape(full[1])))
    found = subprocess.run(
        [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--window-size=1300,1000",
            *(["--blink-settings=preferredColorScheme=0"] if dark else []),
            "--dump-dom",
            around.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    title = re.search(r"<title>(.*?)</title>", found.stdout)[1]
    measured = json.loads(html.unescape(title))
    assert measured["scroll"] <= width
    if width == 1200:  # All tables fit, that of the causes with its 13 columns too.
        assert measured["wide"] == 0
    assert len(measured["images"]) == len(_FIGURES) and min(measured["images"]) > 300
    assert measured["page"] == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")
