"""The command's table: which rows it has and how it ends."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.games import registry
from set_contrastive.games.set_games import SetGame
from set_contrastive.theory import subsets
from set_contrastive.theory.counting import exact
from set_contrastive.theory.counting import kinds

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def no_structure(monkeypatch):
    game = SetGame("plain", num_pairs=2, wildcards="second")
    monkeypatch.setattr(exact.pairs, "of_game", lambda game: None)
    return game


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("set_27", 27),
        ("shared_27", 3 * 3 + 3 * 9),
        ("wildcard_27", 64),
        ("shatter_27", 2**27 - 1),
    ],
)
def test_games_counted_in_one_row(name, number):
    (row,) = subsets.result(registry.get(name), subsets.Options()).rows
    assert (row["subsets"], row["kind"]) == (number, kinds.EXACT)
    assert row["log2_subsets"] == pytest.approx(np.log2(number))
    assert row["share_of_all"] == pytest.approx(number / (2**27 - 1))


def test_all_kinds_of_rows(tmp_path):
    game = SetGame("small", num_attributes=2, num_pairs=3, wildcards="second")
    options = subsets.Options(estimate=True, queries=2000, samples=300, seen=1000)
    result = subsets.result(game, options)
    found = [row["kind"] for row in result.rows]
    assert found == [kinds.EXACT] * 3 + [
        kinds.UNBIASED,
        kinds.CHAPMAN,
        kinds.CHAO,
        kinds.SEEN,
    ]
    truth = result.rows[2]["subsets"]
    by_kind = {row["kind"]: row for row in result.rows}
    assert by_kind[kinds.UNBIASED]["low"] <= truth <= by_kind[kinds.UNBIASED]["high"]
    assert by_kind[kinds.SEEN]["subsets"] <= truth
    assert all(kind in result.claim for kind in found)
    # The picture is drawn from what was written.
    result.save(tmp_path, subsets.TOOL.figures(result))
    again = Result.load(tmp_path / "subsets_small.json")
    assert again.rows == result.rows
    (figure,) = subsets.TOOL.figures(again)
    assert figure.render(dark=True).startswith(b"<?xml")
    assert (tmp_path / "subsets_small.png").stat().st_size > 10_000


def test_the_studys_value_stands_beside_what_was_seen():
    options = subsets.Options(seen=100)
    *_, row = subsets.result(registry.get("wildcard_27"), options).rows
    assert (row["queries"], row["study_log2"]) == (100, 6.0)


def test_too_many_keys_offer_the_estimate():
    with pytest.raises(UserError, match=r"81 keys.* at most 27 .*--estimate"):
        subsets.result(registry.get("union_81"), subsets.Options())
    with pytest.raises(UserError, match="at most 27"):
        exact.total(registry.get("union_81"))


def test_a_game_without_structure_offers_the_estimate(no_structure):
    with pytest.raises(UserError, match="plain neither lists .*--estimate"):
        subsets.result(no_structure, subsets.Options())
    options = subsets.Options(estimate=True, queries=500)
    rows = subsets.result(no_structure, options).rows
    assert [row["kind"] for row in rows] == [kinds.CHAPMAN, kinds.CHAO]


@pytest.mark.parametrize("name", ["queries", "samples", "seen"])
def test_bad_options(name):
    with pytest.raises(UserError, match=f"{name} must be at least ., got -1"):
        subsets.Options(**{name: -1})


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
