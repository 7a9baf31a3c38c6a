"""The command on run folders and an exported scorer."""

import csv
import json
import pathlib

import numpy as np
import pytest

from export import saved_model
from set_contrastive.base.errors import UserError
from set_contrastive.explaining import command
from set_contrastive.explaining.explain_config import ExplainConfig
from set_contrastive.games import registry
from tests.explaining import planted


def asked(game, seed=0):
    """Returns the texts of a query and of a key that matches it."""
    rules = registry.get(game)
    (query,), (key,) = planted.draw(game, 1, seed)
    return {"query": rules.format(query), "key": rules.keys[key]}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain")
    return {
        game: planted.run_of(folder / game, family, game, merge_blocks=game[0] != "u")
        for game, family in (
            ("union_27", "two_tower"),
            ("symdiff_27", "cross_encoder"),
            ("shatter_27", "classifier"),
            ("set_27", "late_interaction"),
            ("union_81", "two_tower"),
        )
    }


@pytest.mark.parametrize(
    "game", ["union_27", "symdiff_27", "shatter_27", "set_27", "union_81"]
)
def test_a_query_is_explained_and_drawn(game, runs, tmp_path):
    config = ExplainConfig(workdir=(runs[game],), output=str(tmp_path), **asked(game))
    text = command.run(config)
    assert f"{config.key} matches, score" in text and "complete to 0.01" in text
    saved = json.loads((tmp_path / "explanation.json").read_text())
    with (tmp_path / "explanation.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(saved["rows"])
    units = [row for row in saved["rows"] if row["what"] == "pair"]
    cards = [row for row in saved["rows"] if row["what"] == "card"]
    parts = [r for r in saved["rows"] if r["what"] not in ("pair", "card")]
    expected = {"set_27": 1, "shatter_27": len(config.query.split())}
    assert len(units) == expected.get(game, 8)
    for method in ("gradient x input", "integrated gradients"):
        total = sum(row[method] for row in units)
        assert sum(row[method] for row in cards) == pytest.approx(total, abs=1e-5)
        assert sum(row[method] for row in parts) == pytest.approx(total, abs=1e-5)
    picture = (tmp_path / "explanation.png").read_bytes()
    assert picture[:4] == b"\x89PNG" and len(picture) > 10_000
    svg = (tmp_path / "explanation.svg").read_text()
    assert svg.count("<path") > 4 * len(cards)
    if game == "set_27":
        assert "Nothing is left out" in text


def test_the_true_pair_of_a_query_is_told(runs):
    game = registry.get("union_27")
    pair = "red-void-square red-void-square"
    other = "blue-solid-circle blue-solid-*"
    query = " | ".join([other, pair, *[other] * 6])
    config = ExplainConfig(
        workdir=(runs["union_27"],), query=query, key="red-void-square"
    )
    rows = [line.split() for line in command.run(config).splitlines()[2:10]]
    assert [row[1] for row in rows] == ["no", "yes", *["no"] * 6]
    assert game.parse(query).shape == (16,)


def test_runs_are_graded_in_one_table(runs, tmp_path):
    config = ExplainConfig(
        workdir=(runs["union_27"], runs["symdiff_27"]),
        grade=True,
        num_queries=7,
        explained="log_probability",
        output=str(tmp_path),
    )
    text = command.run(config)
    (path,) = tmp_path.glob("grade_*.json")
    assert path.with_suffix(".csv").exists()
    rows = json.loads(path.read_text())["rows"]
    # Four methods of the union game, three of the other.
    assert len(rows) == 7 and {row["queries"] for row in rows} == {7}
    assert all(0 < row["chance"] < 1 for row in rows)
    assert "two-tower d = 4" in text and "cross-encoder" in text


def test_an_exported_scorer_says_what_it_cannot_do(runs, tmp_path):
    folder = saved_model.export(runs["union_27"], str(tmp_path))
    config = ExplainConfig(saved_model=str(folder), **asked("union_27"))
    text = command.run(config)
    assert "replaced" in text and "gives no gradients" in text
    run = ExplainConfig(workdir=(runs["union_27"],), **asked("union_27"))
    # The same numbers, in the column of the run's last method.
    column = [line.split() for line in command.run(run).splitlines()[2:10]]
    found = [line.split() for line in text.splitlines()[2:10]]
    np.testing.assert_allclose(
        [float(row[2]) for row in found], [float(row[5]) for row in column], atol=2e-3
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"query": "red green"}, "token 1 of the query"),
        ({"query": "3 5 26"}, "token 1 of the query"),
        ({"key": "purple-void-square"}, "key must be one of .* got 'purple-void"),
        ({"workdir": ("nowhere",)}, "nowhere/config.json does not exist"),
        ({"workdir": (), "saved_model": "nowhere"}, "saved_model=nowhere"),
    ],
)
def test_what_is_no_query_key_or_scorer_is_named(fields, message, runs):
    given = {"workdir": (runs["union_27"],), **asked("union_27"), **fields}
    with pytest.raises(UserError, match=message) as error:
        command.run(ExplainConfig(**given))
    assert "\n" not in str(error.value)


def test_a_run_without_a_checkpoint_is_refused(runs, tmp_path):
    for name in ("config.json", "game.json"):
        text = (pathlib.Path(runs["union_27"]) / name).read_text()
        (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match="has no checkpoint"):
        command.run(ExplainConfig(workdir=(str(tmp_path),), **asked("union_27")))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "one of workdir and saved_model"),
        ({"workdir": ("a",), "saved_model": "b"}, "one of workdir and saved_model"),
        ({"workdir": ("a",)}, "a query and a key, or --grade"),
        ({"workdir": ("a",), "query": "x"}, "a query and a key, or --grade"),
        ({"workdir": ("a", "b"), "query": "x", "key": "y"}, "one run to explain"),
        ({"workdir": ("a",), "grade": True, "key": "y"}, "no query and no key"),
        ({"workdir": ("a",), "grade": True, "seed": 1}, "seed must be 0 or at least 4"),
        ({"workdir": ("a",), "grade": True, "num_queries": 0}, "num_queries must be"),
        ({"workdir": ("a",), "grade": True, "tolerance": 0.0}, "tolerance must be"),
    ],
)
def test_what_does_not_go_together_is_refused(fields, message):
    with pytest.raises(UserError, match=message):
        ExplainConfig(**fields)
