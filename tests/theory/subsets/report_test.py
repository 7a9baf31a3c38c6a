"""The command's table: which rows it has and how it ends."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games.set_games import SetGame
from set_contrastive.theory.result import Result
from set_contrastive.theory.subsets import counting
from set_contrastive.theory.subsets import figures
from set_contrastive.theory.subsets import report

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture
def no_structure(monkeypatch):
    game = SetGame("plain", num_pairs=2, wildcards="second")
    monkeypatch.setattr(counting.pairs, "of_game", lambda game: None)
    return game


@pytest.mark.parametrize(
    ("name", "subsets"),
    [
        ("set_27", 27),
        ("shared_27", 3 * 3 + 3 * 9),
        ("wildcard_27", 64),
        ("shatter_27", 2**27 - 1),
    ],
)
def test_games_counted_in_one_row(name, subsets):
    (row,) = report.result(registry.get(name), report.Options()).rows
    assert (row["subsets"], row["kind"]) == (subsets, report.EXACT)
    assert row["log2_subsets"] == pytest.approx(np.log2(subsets))
    assert row["share_of_all"] == pytest.approx(subsets / (2**27 - 1))


def test_all_kinds_of_rows(tmp_path):
    game = SetGame("small", num_attributes=2, num_pairs=3, wildcards="second")
    options = report.Options(estimate=True, queries=2000, samples=300, seen=1000)
    result = report.result(game, options)
    kinds = [row["kind"] for row in result.rows]
    assert kinds == [report.EXACT] * 3 + [
        report.UNBIASED,
        report.CHAPMAN,
        report.CHAO,
        report.SEEN,
    ]
    truth = result.rows[2]["subsets"]
    by_kind = {row["kind"]: row for row in result.rows}
    assert by_kind[report.UNBIASED]["low"] <= truth <= by_kind[report.UNBIASED]["high"]
    assert by_kind[report.SEEN]["subsets"] <= truth
    assert all(kind in result.claim for kind in kinds)
    # The picture is drawn from what was written.
    result.save(tmp_path, figures.figures(result))
    again = Result.load(tmp_path / "subsets_small.json")
    assert again.rows == result.rows
    (figure,) = figures.figures(again)
    assert figure.render(dark=True).startswith(b"<?xml")
    assert (tmp_path / "subsets_small.png").stat().st_size > 10_000


def test_the_studys_value_stands_beside_what_was_seen():
    options = report.Options(seen=100)
    *_, row = report.result(registry.get("wildcard_27"), options).rows
    assert (row["queries"], row["study_log2"]) == (100, 6.0)


def test_too_many_keys_offer_the_estimate():
    with pytest.raises(UserError, match=r"81 keys.* at most 27 .*--estimate"):
        report.result(registry.get("union_81"), report.Options())
    with pytest.raises(UserError, match="at most 27"):
        counting.total(registry.get("union_81"))


def test_a_game_without_structure_offers_the_estimate(no_structure):
    with pytest.raises(UserError, match="plain neither lists .*--estimate"):
        report.result(no_structure, report.Options())
    options = report.Options(estimate=True, queries=500)
    rows = report.result(no_structure, options).rows
    assert [row["kind"] for row in rows] == [report.CHAPMAN, report.CHAO]


@pytest.mark.parametrize("name", ["queries", "samples", "seen"])
def test_bad_options(name):
    with pytest.raises(UserError, match=f"{name} must be at least ., got -1"):
        report.Options(**{name: -1})


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "set_contrastive.theory.subsets", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command(tmp_path):
    done = run("--game=wildcard_27", f"--output={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "64" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last == f"Wrote {tmp_path}/subsets_wildcard_27.json"
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".csv", ".png"}


def test_a_bad_game_is_one_line(tmp_path):
    done = run("--game=union_28", f"--output={tmp_path}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "unknown game 'union_28'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
