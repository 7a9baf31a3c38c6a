"""Tests of the objective limits' figures and of the command, as a user types it."""

import csv
import json
import pathlib
import subprocess
import sys

from set_contrastive.theory.joints import figures
from set_contrastive.theory.joints import known
from set_contrastive.theory.joints import limits
from set_contrastive.theory.joints import sgd

ROOT = pathlib.Path(__file__).resolve().parents[2]


def _run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "set_contrastive.theory.objective_limits", *arguments],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=200,
    )


def test_there_are_heat_maps_of_each_joint():
    chosen = [known.get(name) for name in ("two_dice", "independent")]
    config = sgd.SgdConfig(60, seeds=1)
    drawn = figures.figures(limits.measure(chosen, ["infonce"], config))
    assert [figure.name for figure in drawn] == [
        "objective_limits_pmi",
        "objective_limits_two_dice",
        "objective_limits_independent",
    ]
    assert "shares its row and column" in drawn[1].caption
    for figure in drawn:
        assert b"</svg>" in figure.render(dark=True)


def test_the_report_needs_no_tensorflow_for_it():
    code = (
        "import sys; import set_contrastive.theory.objective_limits; "
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_command_prints_and_writes(tmp_path):
    done = _run(
        "--joints=two_dice",
        "--objectives=likelihood,infonce",
        "--steps=40",
        "--batch_size=20",
        "--seeds=2",
        "--nozero_shot",
        f"--output={tmp_path}",
    )
    assert done.returncode == 0, done.stderr
    *_, last = done.stdout.splitlines()
    assert last == f"Wrote {tmp_path}/objective_limits.json"
    assert "kl_joint" in done.stdout
    values = json.loads((tmp_path / "objective_limits.json").read_text())
    assert values["settings"]["batch_size"] == 20
    with (tmp_path / "objective_limits.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["objective"] for row in rows] == ["likelihood", "infonce"]
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "objective_limits_pmi.png",
        "objective_limits_two_dice.png",
    }


def test_bad_input_is_one_line(tmp_path):
    done = _run("--joints=dice", f"--output={tmp_path / 'none'}")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "joints must be one of independent" in line and "'dice'" in line
    assert not (tmp_path / "none").exists()
