"""Tests of the report, on run folders whose numbers are known by hand."""

import base64
import csv
import dataclasses
import html
import html.parser
import json
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry as games
from set_contrastive.reporting import analysis
from set_contrastive.reporting import document
from set_contrastive.reporting import figures
from set_contrastive.reporting import markup
from set_contrastive.reporting import page
from set_contrastive.reporting import results
from set_contrastive.reporting import sections
from set_contrastive.reporting import verdict
from set_contrastive.runs import run_folder
from set_contrastive.studies import cards_27
from set_contrastive.studies import study as study_lib

ROOT = pathlib.Path(__file__).resolve().parents[2]
_HEADER = (
    "game,model,vector_dim,seed,kl_nats,top_k_overlap,entropy_bits,num_params,steps,"
    "train_seconds,objective"
)


def _write_cell(workdir, cell, kl, queries):
    """Writes a run folder whose scores are 0 but for matching keys."""
    folder = workdir / cell.name
    folder.mkdir(parents=True)
    whole_files.write_json(folder / "config.json", cell.config.to_dict())
    spec = games.get(cell.config.game).spec
    whole_files.write_json(folder / "game.json", spec.to_dict())
    mask = games.get(cell.config.game).answer(queries)
    # exp(3) times as likely as the others.
    np.save(folder / "scores_test.npy", np.where(mask, 3.0, 0.0).astype(np.float32))
    np.save(folder / "queries_test.npy", queries)
    row = {"kl_nats": kl, "top_k_overlap": 0.5, "entropy_bits": 4.0, "num_queries": 4}
    whole_files.write_json(
        folder / "metrics.json",
        {
            **row,
            "by_subset_size": {
                "4": {**row, "entropy_bits": 2.0, "num_queries": 1},
                "16": {**row, "entropy_bits": 6.0, "num_queries": 3},
            },
            "num_params": 1000 if cell.config.model.family == "two_tower" else 400,
            "split": "test",
            "step": cell.config.steps,
            "train_seconds": 60.0,
        },
    )
    note = {
        "command": "python -m set_contrastive.sweep --study=cards_27",
        "commit": "c0ffee",
        "versions": {"keras": "3"},
        "machine": {
            "processor": "abacus <1>",
            "cores": 1,
            "memory_gib": 1,
            "system": "X",
        },
    }
    whole_files.write_json(folder / "provenance.json", note)
    for step, value in ((100, 1.0), (200, kl), (100, 0.9)):  # Killed, then resumed.
        row = {"step": step, "kl_nats": value}
        run_folder.append_to_curve(folder / "curve.jsonl", row)


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """Two seeds of all cells of three games; one cell is missing, one half-written."""
    folder = tmp_path_factory.mktemp("report") / "study"
    folder.mkdir()
    whole_files.write_json(folder / "study.json", {"study": "cards_27", "seeds": 2})
    rng = np.random.default_rng(0)
    queries = {n: games.get(n).sample(rng, 50) for n in ("set_27", "union_27")}
    for cell in cards_27.STUDY.all_cells("", 2):
        if cell.config.game in queries:
            kl = 0.1 + 0.2 * cell.config.seed
            _write_cell(folder, cell, kl, queries[cell.config.game])
    shutil.rmtree(folder / "set_27/two_tower_d4/seed_1")
    (folder / "set_27/two_tower_d8/seed_1/metrics.json").write_text('{"kl_na')
    return folder


@pytest.fixture(scope="module")
def output(workdir, tmp_path_factory):
    """The report, written by the command, and what it printed."""
    folder = tmp_path_factory.mktemp("report") / "output"
    command = [sys.executable, "-X", "importtime", "-m", "set_contrastive.report"]
    found = subprocess.run(
        [*command, f"--workdir={workdir}", f"--output={folder}"],
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


def test_the_table_has_a_row_a_cell_and_leaves_none_out(output, workdir):
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


def test_the_example_is_the_prediction_for_one_query(workdir):
    found = analysis.example(results.collect(workdir), "union_27")
    rules = games.get("union_27")
    (mask,) = rules.answer(rules.parse(found.text)[None])
    size = mask.sum()
    np.testing.assert_allclose(found.truth, mask / size)
    total = size * np.exp(3.0) + (27 - size)
    expected = np.where(mask, np.exp(3.0) / total, 1 / total)
    assert len(found.predictions) == 9
    for prediction in found.predictions.values():
        np.testing.assert_allclose(prediction, expected, rtol=1e-5)


def test_entropy_is_averaged_over_queries_not_sizes(workdir):
    found = results.collect(workdir).of("union_27", "two_tower_d4")[0]
    # One query of 4 keys and three of 16.
    assert analysis.mean_entropy_bits(found) == pytest.approx((2.0 + 3 * 6.0) / 4)
    assert analysis.true_entropy_bits(found) == pytest.approx((2.0 + 3 * 4.0) / 4)
    assert analysis.mean_entropy_bits(found, range(10, 21)) == 6.0
    assert np.isnan(analysis.mean_entropy_bits(found, range(5, 7)))


def test_a_curve_is_read_though_the_run_was_killed(workdir, tmp_path):
    found = results.collect(workdir).of("union_27", "two_tower_d4")[0]
    assert [(r["step"], r["kl_nats"]) for r in found.curve()] == [
        (100, 0.9),
        (200, 0.1),
    ]
    path = tmp_path / "curve.jsonl"
    path.write_text('{"step": 10, "kl_nats": 1.0}\n{"step": 20, "kl_')
    assert run_folder.read_curve(path) == [{"step": 10, "kl_nats": 1.0}]
    assert run_folder.read_curve(tmp_path / "absent") == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.3531, "0.353"),
        (0.0995, "0.100"),
        (1.25, "1.250"),
        (0.00225, "0.00225"),
        (0.0000012, "0.000001"),
        (0.0, "0.00000"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_are_written_out(value, text):
    assert markup.number(value) == text


def test_figures_are_the_same_for_the_same_numbers(workdir):
    figure = figures.against_dimension(results.collect(workdir))
    assert figure.render(dark=False) == figure.render(dark=False)
    assert figure.render(dark=False) != figure.render(dark=True)


def test_nothing_to_report_is_one_line(workdir, tmp_path):
    with pytest.raises(UserError, match="holds no study"):
        document.write(tmp_path, tmp_path / "output")
    whole_files.write_json(tmp_path / "study.json", {"study": "cards_27", "seeds": 1})
    with pytest.raises(UserError, match="no finished cell of cards_27"):
        document.write(tmp_path, tmp_path / "output")
    (tmp_path / "study.json").write_text("[]")
    with pytest.raises(UserError, match="corrupt"):
        document.write(tmp_path, tmp_path / "output")
    whole_files.write_json(tmp_path / "study.json", {"study": "gone"})
    with pytest.raises(UserError, match="the study 'gone', which is none of cards_27"):
        document.write(tmp_path, tmp_path / "output")
    assert not (tmp_path / "output").exists()


def test_a_folder_with_another_experiment_is_left_out(workdir, tmp_path):
    cells = cards_27.STUDY.cells("", 0)
    other = dataclasses.replace(cells[0].config, seed=7)
    folder = tmp_path / cells[1].name
    folder.mkdir(parents=True)
    whole_files.write_json(folder / "config.json", other.to_dict())
    whole_files.write_json(tmp_path / "study.json", {"study": "cards_27", "seeds": 1})
    source = workdir / cells[0].name
    shutil.copytree(source, tmp_path / cells[0].name)
    found = {r.cell.name: r.problem for r in results.collect(tmp_path).cells}
    assert found[cells[0].name] == ""
    assert found[cells[1].name] == "holds another experiment"
    assert found[cells[2].name] == "not started"


def test_a_study_of_games_without_pairs_and_references_is_reported(tmp_path):
    cells = [c for c in cards_27.STUDY.cells("", 0) if c.config.game == "set_27"]
    grids = tuple(
        dataclasses.replace(grid, factors={**grid.factors, "game": ("set_27",)})
        for grid in cards_27.STUDY.grids
    )
    plain = study_lib.Study("plain", "Plain?", grids)
    for cell in cells:
        _write_cell(tmp_path, cell, 0.1, games.get("set_27").population())
    read = [results._read(cell, tmp_path, plain) for cell in cells]
    collected = results.Results(plain, 1, tuple(read))
    shown = sections.drawn(collected, verdict.judge(collected), {})
    assert [title for title, _, _ in shown] == [
        "How many dimensions",
        "What goes wrong",
    ]
    text = page.render(collected, verdict.judge(collected), shown, "report")
    assert "reference" not in text.replace("Source of the reference", "")


_MEASURE = """<script>addEventListener("load", () => {
  const widths = [...document.images].map(image => image.naturalWidth);
  document.title = JSON.stringify({scroll: document.documentElement.scrollWidth,
    window: innerWidth, images: widths,
    page: getComputedStyle(document.body).backgroundColor}); });</script>"""


@pytest.mark.skipif(
    not shutil.which("chromium"), reason="no chromium on this machine to look at it"
)
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
    found = subprocess.run(
        [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={width},900",
            *(["--blink-settings=preferredColorScheme=0"] if dark else []),
            "--dump-dom",
            copy.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    title = re.search(r"<title>(.*?)</title>", found.stdout)[1]
    measured = json.loads(html.unescape(title))
    assert measured["scroll"] <= measured["window"]
    assert measured["images"] and min(measured["images"]) > 300
    assert measured["page"] == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")
