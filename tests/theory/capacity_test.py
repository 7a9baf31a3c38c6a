"""The command's table, its facts and how it ends."""

import pathlib
import subprocess
import sys

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.games import registry
from set_contrastive.games.set_games import SetGame
from set_contrastive.theory import capacity

ROOT = pathlib.Path(__file__).resolve().parents[2]


def facts(result):
    """Kind and value of the first fact whose text has a word."""

    def find(word):
        line = next(fact for fact in result.settings["facts"] if word in fact)
        kind, _, rest = line.partition(" bound ")
        value = (rest or line.partition("exact ")[2]).partition(":")[0]
        return kind.partition(" ")[0], float(value.replace(",", ""))

    return find


def test_all_subsets(tmp_path):
    result = capacity.result(registry.get("shatter_27"), capacity.Options(queries=2000))
    assert [row["d"] for row in result.rows] == list(range(1, 28))
    shares = [row["share"] for row in result.rows]
    assert shares == sorted(shares)
    assert [share == 1 for share in shares] == [False] * 25 + [True] * 2
    # On a line: 54 ways to cut, one of them the empty subset.
    assert shares[0] == pytest.approx(53 / (2**27 - 1))
    find = facts(result)
    assert find("Cover") == ("lower", 26)
    assert find("enough for any game") == ("exact", 26)
    result.save(tmp_path, capacity.TOOL.figures(result))
    (figure,) = capacity.TOOL.figures(
        Result.load(tmp_path / "capacity_shatter_27.json")
    )
    assert figure.render(dark=True).startswith(b"<?xml")
    assert (tmp_path / "capacity_shatter_27.png").stat().st_size > 10_000


def test_a_listed_game():
    result = capacity.result(registry.get("set_27"), capacity.Options(dims=(1, 2, 4)))
    assert [row["d"] for row in result.rows] == [1, 2, 4]
    find = facts(result)
    assert find("Gale") == ("upper", 2)
    assert find("Radon") == ("lower", 2)
    assert find("sign changes") == ("upper", 2)
    assert find("rank of the query-key matrix") == ("upper", 27)


def test_unions_of_three_pairs_of_nine_cards():
    game = SetGame("small", num_attributes=2, num_pairs=3, wildcards="second")
    find = facts(capacity.result(game, capacity.Options()))
    # Every 3 of 9 keys: 2k = 6 dimensions.
    assert find("Radon") == ("lower", 6)
    kind, shatters = find("shatters")
    assert kind == "lower"
    assert 2 <= shatters <= 8


def test_81_keys_take_a_given_number():
    with pytest.raises(UserError, match="81 keys.* at most 27 .*give --log2_subsets"):
        capacity.result(registry.get("union_81"), capacity.Options())
    result = capacity.result(
        registry.get("union_81"),
        capacity.Options(dims=(4,), log2_subsets=46.0, queries=300),
    )
    assert result.rows[0]["share"] == pytest.approx((2**21.67) / 2**46, rel=0.01)
    assert facts(result)("as were given") == ("lower", 12)
    assert facts(result)("Radon") == ("lower", 16)


@pytest.mark.parametrize("dims", [(4, 0), (-1,), ()])
def test_a_dimension_below_one_is_refused(dims):
    with pytest.raises(UserError, match="d must be at least 1"):
        capacity.Options(dims=dims)


@pytest.mark.parametrize("log2_subsets", [-1.0, 28.0])
def test_a_number_of_subsets_that_cannot_be(log2_subsets):
    with pytest.raises(UserError, match=f"0 to 27, got {log2_subsets}"):
        options = capacity.Options(log2_subsets=log2_subsets)
        capacity.result(registry.get("set_27"), options)


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "set_contrastive.theory.capacity", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command(tmp_path):
    done = run("--game=wildcard_27", "--dims=2,4", f"--output={tmp_path}")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("- upper bound 18: ") for line in lines)
    assert lines[-1] == f"Wrote {tmp_path}/capacity_wildcard_27.json"


@pytest.mark.parametrize(
    ("flag", "named"),
    [("--dims=0", "d must be at least 1, got '0'"), ("--dims=x", "got 'x'")],
)
def test_bad_flags_are_one_line(flag, named, tmp_path):
    done = run("--game=set_27", flag, f"--output={tmp_path}")
    assert (done.returncode, done.stdout) == (1, "")
    assert named in done.stderr
    assert len(done.stderr.splitlines()) == 1
