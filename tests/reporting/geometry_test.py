"""Tests of the report's page "What geometry allows"."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.reporting import geometry

ROOT = pathlib.Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "results" / "theory"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page, written by a process that must not import TensorFlow."""
    folder = tmp_path_factory.mktemp("report")
    code = (
        "import pathlib, sys; from set_contrastive.reporting import geometry; "
        "assert geometry.write(*map(pathlib.Path, sys.argv[1:])); "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, RESULTS, folder], check=True, cwd=ROOT)
    return (folder / "geometry.html").read_text()


def test_the_page_shows_every_result_with_figures_table_and_claim(page):
    assert re.findall("<h2>(.*?)</h2>", page) == [
        "The least KL found",
        "The critical number of documents",
        "How many subsets d dimensions can pick",
        "How many subsets a game asks for",
        "Rank, and the dimension that training needs",
        "What contrastive training converges to",
        "When some keys are more frequent than others",
    ]
    assert "What d dimensions can retrieve of union_27" in page
    assert "<td>1,801</td>" in page  # Subsets of union_27 with two pairs.
    assert "exact, by elimination modulo primes" in page
    shown = len(re.findall("<figure", page))
    assert shown >= 15 and page.count("data:image/svg+xml") == 2 * shown
    assert not re.findall(r'(?:src|href)="https?:', page)


def test_nothing_is_written_without_results(tmp_path):
    assert not geometry.write(tmp_path / "missing", tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_a_damaged_result_is_a_clear_error(tmp_path):
    (tmp_path / "capacity_union_27.json").write_text(json.dumps({"name": "x"}))
    with pytest.raises(UserError, match="capacity_union_27.json is no result"):
        geometry.write(tmp_path, tmp_path / "report")
