"""The command's tables and how it ends."""

import dataclasses
import pathlib
import subprocess
import sys

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.games import registry
from set_contrastive.theory import rank

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUICK = rank.Options(steps=300, restarts=2)


def but(**fields):
    return dataclasses.replace(QUICK, **fields)


def test_decks(tmp_path):
    result = rank.of_decks(but(decks="2x3,3x3"))
    first, second = result.rows
    assert (first["queries"], first["rank"], first["smallest_d_ranking"]) == (36, 5, 4)
    assert (second["keys"], second["queries"], second["rank"]) == (27, 351, 19)
    assert second["smallest_d_ranking"] <= 6
    assert second["smallest_d_ranking"] <= second["smallest_d_softmax"] <= 19
    assert 0 < second["share_below_ranking"] < 1
    result.save(tmp_path, rank.TOOL.figures(result))
    again = Result.load(tmp_path / "rank_shared.json")
    (figure,) = rank.TOOL.figures(again)
    assert figure.render(dark=True).startswith(b"<?xml")
    assert (tmp_path / "rank_shared.png").stat().st_size > 10_000


def test_a_listed_game():
    # One of its subsets is that of all keys, which needs no training.
    (row,) = rank.of_game(registry.get("wildcard_27"), QUICK).rows
    assert (row["subsets"], row["rank"], row["kind"]) == (64, 27, "exact")
    assert 2 <= row["smallest_d_ranking"] <= 6


def test_a_sample_gives_a_lower_bound():
    result = rank.of_game(registry.get("shatter_27"), but(queries=10))
    (row,) = result.rows
    assert (row["rank"], row["kind"]) == (10, "lower bound")
    assert "lower bound of the game's" in result.claim
    (row,) = rank.of_game(registry.get("union_27"), but(queries=2000)).rows
    assert (row["rank"], row["kind"]) == (27, "exact")


def test_parse_decks():
    assert rank.parse_decks("2x3, 10x4") == ((2, 3), (10, 4))


@pytest.mark.parametrize("text", ["", "3", "2x3,", "2x-3", "axb"])
def test_bad_decks(text):
    with pytest.raises(UserError, match="decks must be a list"):
        rank.parse_decks(text)


def test_a_deck_too_large():
    with pytest.raises(UserError, match="deck 2x14 has 19,110 queries, too many"):
        rank.of_decks(but(decks="2x14"))


@pytest.mark.parametrize("name", ["steps", "restarts", "learning_rate"])
def test_bad_options(name):
    with pytest.raises(UserError, match=f"{name} must be"):
        rank.Options(**{name: 0})


def test_no_queries():
    with pytest.raises(UserError, match="queries must be at least 1, got 0"):
        rank.Options(queries=0)


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "set_contrastive.theory.rank", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command(tmp_path):
    done = run("--decks=2x3,2x5", f"--output={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"Wrote {tmp_path}/rank_shared.json"
    done = run("--decks=1x3", f"--output={tmp_path}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "got num_attributes=1" in done.stderr
    assert len(done.stderr.splitlines()) == 1
