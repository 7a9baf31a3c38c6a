"""The report of a study of trials, by the command, on numbers known by hand."""

import csv
import html.parser
import json
import pathlib
import subprocess
import sys

import pytest

from set_contrastive.runs import trial_folder
from tests import tiny_trials

ROOT = pathlib.Path(__file__).resolve().parents[2]
_ORIGIN = {
    "command": "python -m set_contrastive.sweep --study=powers",
    "commit": "a1b2c3",
    "versions": {"numpy": "2.4.6"},
    "machine": {"processor": "Z80", "cores": 1, "memory_gib": 0.1, "system": "CP/M"},
}


def _report(workdir, output, *more, study="tests.tiny_trials:STUDY"):
    command = [sys.executable, *more, "-m", "set_contrastive.report"]
    return subprocess.run(
        [*command, f"--workdir={workdir}", f"--output={output}", f"--study={study}"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )


def _keep(workdir, cell):
    values = cell.values
    row = tiny_trials.power(**values["arguments"])
    trial_folder.write(workdir / cell.name, values, row, _ORIGIN)


@pytest.fixture
def workdir(tmp_path):
    """A folder with three of the four cells of a study."""
    folder = tmp_path / "powers"
    for cell in tiny_trials.STUDY.all_cells(2)[:3]:
        _keep(folder, cell)
    swept = {"studies": {"tests.tiny_trials:STUDY": 2}}
    (folder / "study.json").write_text(json.dumps(swept))
    return folder


class _Cells(html.parser.HTMLParser):
    """Collects the text of a page's table cells, row by row."""

    def __init__(self):
        super().__init__()
        self.rows, self.inside = [], False

    def handle_starttag(self, tag, attrs):
        del attrs
        if tag == "tr":
            self.rows.append([])
        self.inside = tag in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1].append(data)

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False


def test_a_row_for_each_trial_that_has_ended(workdir, tmp_path):
    found = _report(workdir, tmp_path / "report", "-X", "importtime")
    assert found.returncode == 0, found.stderr
    rows = list(csv.reader((tmp_path / "report/powers.csv").read_text().splitlines()))
    assert rows == [
        ["trial", "seed", "base", "power"],
        ["powers-0", "0", "2", "8"],
        ["powers-1", "0", "3", "9"],
        ["powers-0", "1", "2", "9"],
    ]
    page = (tmp_path / "report/index.html").read_text()
    cells = _Cells()
    cells.feed(page)
    assert cells.rows == rows
    assert "1 of 4 trials are left out" in page and "All exact." in page
    assert page.count("<img src=") == 1
    assert "<dd>a1b2c3</dd>" in page and "Z80, 1 core(s) a cell" in page
    assert (tmp_path / "report/powers.png").read_bytes().startswith(b"\x89PNG")
    assert "left out: powers/powers-1/seed_1: not finished" in found.stdout
    assert "powers-1     0     3      9" in found.stdout
    imported = {line.split("|")[-1].strip() for line in found.stderr.splitlines()}
    assert "numpy" in imported and not imported & {"tensorflow", "keras"}


def test_what_the_numbers_follow_from_is_kept_with_them(workdir, tmp_path):
    assert _report(workdir, tmp_path / "report").returncode == 0
    settings = json.loads((tmp_path / "report/powers.json").read_text())["settings"]
    assert settings["function"] == "tests.tiny_trials:power"
    assert settings["trials"][0] == {
        "name": "powers/powers-0/seed_0",
        "arguments": {"base": 2, "exponent": 3, "seed": 0},
        "curve": [[1, 2], [2, 4], [3, 8]],
        "provenance": _ORIGIN,
    }


def test_trials_of_an_earlier_version_are_left_out(workdir, tmp_path):
    swept = {"studies": {"tests.tiny_trials:CHANGED": 1}}
    (workdir / "study.json").write_text(json.dumps(swept))
    found = _report(workdir, tmp_path / "out", study="tests.tiny_trials:CHANGED")
    assert found.returncode == 0, found.stderr
    assert "holds a trial with other values of arguments" in found.stdout
    rows = (tmp_path / "out/powers.csv").read_text().splitlines()
    assert rows[1:] == ["powers-1,0,3,9"]


def test_other_columns_or_no_trial_are_one_line(workdir, tmp_path):
    path = workdir / "powers/powers-1/seed_0/trial.json"
    spoiled = json.loads(path.read_text())
    spoiled["row"]["root"] = 1.7
    path.write_text(json.dumps(spoiled))
    found = _report(workdir, tmp_path / "report")
    assert found.returncode == 1 and len(found.stderr.splitlines()) == 1
    assert "the columns must be trial, seed, base, power, as of" in found.stderr
    assert not (tmp_path / "report").exists()
    for path in workdir.rglob("trial.json"):
        path.unlink()
    found = _report(workdir, tmp_path / "report")
    assert found.returncode == 1 and len(found.stderr.splitlines()) == 1
    assert "has no finished cell of powers to report" in found.stderr
