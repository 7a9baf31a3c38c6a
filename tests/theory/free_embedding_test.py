"""The table of the least KLs found: taken up again, and beside what was trained."""

import dataclasses
import json
import pathlib
import subprocess
import sys

import pytest
from matplotlib import pyplot

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.free_vectors import floor
from set_contrastive.free_vectors import search
from set_contrastive.theory import free_embedding
from set_contrastive.theory.floors import figures
from set_contrastive.theory.floors import one_vector

ROOT = pathlib.Path(__file__).resolve().parents[2]
_SETTINGS = search.Settings(restarts=1, candidate_dims=1, decades=5)
_MEASURED = """game,model,vector_dim,seed,kl_nats
wildcard_27,two_tower,27,0,0.01
wildcard_27,two_tower,27,1,0.03
wildcard_27,two_tower,4,0,
wildcard_27,classifier,27,0,0.5
wildcard_27,cross_encoder,,0,0.5
"""


@pytest.fixture
def measured(tmp_path):
    path = tmp_path / "measured.csv"
    path.write_text(_MEASURED)
    return path


def test_cells_that_are_there_are_not_searched_again(tmp_path, monkeypatch):
    first, paths = one_vector.compute(["set_27"], [27], _SETTINGS, tmp_path)
    assert Result.load(tmp_path / f"{one_vector.NAME}.json") == first
    assert Result.load(tmp_path / f"{one_vector.PATHS}.json") == paths
    assert (tmp_path / f"{one_vector.NAME}.csv").exists()

    searched = []
    find = floor.find

    def noting(game, dim, *rest):
        searched.append((game.spec.name, dim))
        return find(game, dim, *rest)

    monkeypatch.setattr(floor, "find", noting)
    more, paths = one_vector.compute(
        ["wildcard_27", "set_27"], [27], _SETTINGS, tmp_path
    )
    assert searched == [("wildcard_27", 27)]
    assert [row["game"] for row in more.rows] == ["set_27", "wildcard_27"]
    assert more.rows[0] == first.rows[0]
    assert len(paths.rows) == 2 * 3
    # Those of other games stay.
    same, _ = one_vector.compute(["wildcard_27"], [27], _SETTINGS, tmp_path)
    assert same.rows == more.rows and len(searched) == 1


def test_paths_of_a_cell_that_is_not_in_the_table_are_dropped(tmp_path):
    _, paths = one_vector.compute(["set_27"], [26, 27], _SETTINGS, tmp_path)
    file = tmp_path / f"{one_vector.NAME}.json"
    values = json.loads(file.read_text())
    values["rows"] = values["rows"][:1]  # As if killed between the two files.
    file.write_text(json.dumps(values))
    _, again = one_vector.compute(["set_27"], [26, 27], _SETTINGS, tmp_path)
    assert sorted(map(str, again.rows)) == sorted(map(str, paths.rows))


def test_other_settings_do_not_overwrite(tmp_path):
    one_vector.compute(["set_27"], [27], _SETTINGS, tmp_path)
    other = search.Settings(restarts=1, candidate_dims=1, decades=6)
    with pytest.raises(UserError, match=r"decades=5, than .* decades=6; name"):
        one_vector.compute(["set_27"], [27], other, tmp_path)


def test_a_cell_is_searched_on_with_more_starts(tmp_path):
    dim = 3  # Few enough that starts end apart.
    (one,) = one_vector.compute(["set_27"], [dim], _SETTINGS, tmp_path)[0].rows
    more = dataclasses.replace(_SETTINGS, restarts=4)
    table, paths = one_vector.compute(["set_27"], [dim], more, tmp_path)
    (row,) = table.rows
    ends = [path["kl_nats"] for path in paths.rows if path["ridge"] == 0]
    assert [path["restart"] for path in paths.rows if path["ridge"] == 0] == [
        0,
        1,
        2,
        3,
    ]
    assert ends[0] == one["kl_nats"] and row["kl_nats"] == min(ends)
    assert row["spread"] == max(ends) - min(ends) > 0
    assert row["restarts"] == 4 and row["seconds"] > one["seconds"]
    # Fewer starts than were made are no reason to search.
    again, _ = one_vector.compute(["set_27"], [dim], _SETTINGS, tmp_path)
    assert again.rows == table.rows


def test_what_was_trained_stands_beside_the_floor(tmp_path, measured):
    result, _ = one_vector.compute(
        ["wildcard_27"], [27], _SETTINGS, tmp_path, [measured]
    )
    (row,) = result.rows
    assert row["trained_kl_nats"] == pytest.approx(0.02)
    assert row["learning"] == pytest.approx(0.02 - row["kl_nats"])
    assert row["study_kl_nats"] == 0.0008
    result, _ = one_vector.compute(["wildcard_27"], [27], _SETTINGS, tmp_path)
    assert result.rows[0]["trained_kl_nats"] is result.rows[0]["learning"] is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"games": ()}, "games must list at least one value, got none"),
        ({"dims": ()}, "dims must list at least one value, got none"),
        ({"dims": (4, 0)}, "dims must be at least 1, got 0"),
        ({"games": ("poker",), "dims": (4,)}, "unknown game 'poker'"),
        ({"restarts": 0}, "restarts must be at least 1, got 0"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"vectors_per_key": ()}, "vectors_per_key must list at least one value"),
        ({"vectors_per_key": (2, 0)}, "vectors_per_key must be at least 1, got 0"),
        ({"vectors_per_query": 0}, "vectors_per_query must be at least 1, got 0"),
        ({"vectors_per_key": (2,), "late_steps": 0}, "steps must be at least 1, got 0"),
        ({"vectors_per_key": (2,), "limit": True}, "must not be given with limit"),
        ({"limit": True, "max_documents": 2}, "max_documents must be at least 3"),
        ({"limit": True, "objective": "x"}, "objective must be one of .*, got 'x'"),
        ({"limit": True, "max_steps": 0}, "max_steps must be at least 1, got 0"),
    ],
)
def test_bad_input_is_named_before_anything_is_searched(tmp_path, fields, message):
    with pytest.raises(UserError, match=message):
        options = free_embedding.Options(**fields)
        list(free_embedding.compute(options, tmp_path))
    assert not list(tmp_path.iterdir())


def test_compare_trains_on_each_objective_normalized_and_not(tmp_path):
    options = free_embedding.Options(
        dims=(4,), restarts=1, limit=True, compare=True, max_documents=4
    )
    (result,) = free_embedding.compute(options, tmp_path)
    assert [(row["objective"], row["normalize"]) for row in result.rows] == [
        *(("infonce", True), ("infonce", False)),
        *(("margin", True), ("margin", False)),
        *(("sigmoid", True), ("sigmoid", False)),
    ]
    assert {row["critical_n"] for row in result.rows} == {4}


@pytest.mark.parametrize("text", ["a,b\n1,2\n", _MEASURED.replace("0.03", "x")])
def test_a_file_that_is_no_table_of_cells_is_named(tmp_path, text):
    path = tmp_path / "wrong.csv"
    path.write_text(text)
    with pytest.raises(UserError, match="measured must be a CSV with the columns"):
        one_vector.read_measured(path)
    with pytest.raises(UserError, match="measured must be a file"):
        one_vector.read_measured(tmp_path / "none.csv")


def test_pictures_are_drawn_from_what_was_written(tmp_path, measured):
    for result in one_vector.compute(
        ["set_27", "wildcard_27"], [8, 27], _SETTINGS, tmp_path, [measured]
    ):
        loaded = Result.load(tmp_path / f"{result.name}.json")
        (figure,) = figures.figures(loaded)
        assert figure.name == result.name
        assert figure.render(dark=True).startswith(b"<?xml")


def test_a_legend_names_the_lines_of_every_panel():
    row = {"restart": 0, "rms_score": 1.0, "kl_nats": 0.1}
    rows = tuple({**row, "game": f"game_{d}", "vector_dim": d} for d in (4, 81))
    (drawn,) = figures.figures(Result(one_vector.PATHS, "", "", rows, {}))
    picture = pyplot.figure()
    drawn.draw(picture)
    (legend,) = picture.legends
    assert [text.get_text() for text in legend.get_texts()] == ["d = 4", "d = 81"]
    pyplot.close(picture)


def _run(*arguments):
    return subprocess.run(
        [
            *(sys.executable, "-X", "importtime"),
            *("-m", "set_contrastive.theory.free_embedding", *arguments),
        ],
        cwd=ROOT,
        text=True,
        capture_output=True,
    )


def test_the_command_prints_and_writes_without_tensorflow(tmp_path, measured):
    done = _run(
        "--games=set_27",
        "--dims=27",
        "--restarts=1",
        f"--measured={measured}",
        f"--output={tmp_path}",
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == f"Wrote {tmp_path / one_vector.NAME}.json"
    assert "set_27" in lines[2]
    assert (tmp_path / f"{one_vector.NAME}.png").exists()
    assert (tmp_path / f"{one_vector.PATHS}.png").exists()
    assert "tensorflow" not in done.stderr


def test_the_command_says_what_is_wrong_in_one_line(tmp_path):
    done = _run("--games=set_27", "--dims=four", f"--output={tmp_path}")
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if "import time" not in line]
    assert len(errors) == 1
    assert "dims must be a list of int, got 'four'" in errors[0]
