"""Tests of sweeps with real processes: skipped, failed, killed, stopped, on Ray."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.engines import grid
from set_contrastive.reporting import results
from set_contrastive.runs import run_folder
from set_contrastive.studies import cards_27
from set_contrastive.studies import registry
from tests import tiny_study
from tests.engines import ray_node

ROOT = pathlib.Path(__file__).resolve().parent.parent
_D2, _D8, _CROSS = (cell.name for cell in tiny_study.STUDY.cells("", 0))
_LONG, _ = (cell.name for cell in tiny_study.LONG.cells("", 0))


def _start(study, workdir, data_dir, *more, **environment):
    arguments = (f"--study={study}", f"--workdir={workdir}", f"--data_dir={data_dir}")
    return subprocess.Popen(
        [sys.executable, "-m", "set_contrastive.sweep", *arguments, *more],
        cwd=ROOT,
        env=os.environ | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _sweep(study, workdir, data_dir, *more, **environment):
    process = _start(study, workdir, data_dir, *more, **environment)
    output, errors = process.communicate(timeout=300)
    return process.returncode, output, errors


def _wait_for(condition, seconds=240):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "what the test waits for did not happen"
        time.sleep(0.05)
    return found


def _saved(workdir, cell):
    return list((workdir / cell / "checkpoints").glob("step-*.index"))


def _processes(*words):
    """Returns the numbers of the processes whose command has all words."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                text = (entry / "cmdline").read_bytes().decode().replace("\0", " ")
                if all(word in text for word in words):
                    found.append(int(entry.name))
    return found


def _trainer_of(workdir, cell):
    """Returns the process that holds the lock of a run folder."""
    lock = os.stat(workdir / cell / "lock").st_ino
    for line in pathlib.Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if fields[5].endswith(f":{lock}"):
            return int(fields[4])
    return None


def _kl(workdir, cell):
    return json.loads((workdir / cell / "metrics.json").read_text())["kl_nats"]


@pytest.fixture(scope="module")
def swept(data_dir, tmp_path_factory):
    """The folder of a study that was swept, and what was printed."""
    workdir = tmp_path_factory.mktemp("sweep") / "tiny"
    code, output, errors = _sweep("tests.tiny_study:STUDY", workdir, data_dir)
    assert code == 0, errors
    return workdir, output, errors


def test_every_cell_is_trained_and_measured(swept):
    workdir, output, errors = swept
    assert "All 3 cells are finished" in output
    assert "3/3 cells" in errors and "min left" in errors
    for cell in (_D2, _D8, _CROSS):
        measures = json.loads((workdir / cell / "metrics.json").read_text())
        assert (measures["split"], measures["step"]) == ("test", 60)
        assert measures["train_seconds"] > 0
        assert f"{cell}: KL {measures['kl_nats']:.5f} nats" in output + errors
        curve = run_folder.read_curve(workdir / cell / "curve.jsonl")
        assert [row["step"] for row in curve] == [30, 60]
        noted = json.loads((workdir / cell / "provenance.json").read_text())
        assert "-m set_contrastive.sweep --study=tests.tiny_study" in noted["command"]
        assert noted["machine"]["cores"] >= 1


def test_finished_cells_are_skipped(swept, data_dir):
    workdir, _, _ = swept
    before = (workdir / _D2 / "metrics.json").stat().st_mtime_ns
    code, output, errors = _sweep("tests.tiny_study:STUDY", workdir, data_dir)
    assert code == 0, errors
    assert "All 3 cells are finished" in output
    assert (workdir / _D2 / "metrics.json").stat().st_mtime_ns == before


def test_half_written_measures_are_made_again(swept, data_dir):
    workdir, _, _ = swept
    expected = _kl(workdir, _D8)
    (workdir / _D8 / "metrics.json").write_text('{"kl_nats": 0.')
    code, _, errors = _sweep("tests.tiny_study:STUDY", workdir, data_dir)
    assert code == 0, errors
    assert _kl(workdir, _D8) == expected


def test_dry_run_lists_the_cells_and_writes_nothing(swept, data_dir, tmp_path):
    workdir, _, _ = swept
    code, output, errors = _sweep(
        "tests.tiny_study:STUDY", workdir, data_dir, "--dry_run", "--seeds=2"
    )
    assert (code, errors) == (0, "")
    rows = [line.split() for line in output.splitlines()]
    assert rows[1] == [_D2, "60", "0.0", "finished"]
    assert rows[4] == [_D2.replace("seed_0", "seed_1"), "60", "0.0", "to", "do"]
    folder = tmp_path / "new"
    code, output, _ = _sweep("cards_27", folder, data_dir, "--dry_run")
    assert code == 0 and "45 cells, about" in output
    assert not folder.exists()


def test_a_cell_that_fails_is_reported_and_stops_no_other(data_dir, tmp_path):
    code, output, errors = _sweep("tests.tiny_study:FAILING", tmp_path, data_dir)
    assert code == 1
    failed = tiny_study.FAILING.cells("", 0)[0].name
    assert f"{failed}: FAILED: step " in output + errors
    assert "try a smaller learning_rate" in output + errors
    assert errors.splitlines()[-1] == (
        f"sweep.py: error: 1 of 2 cells failed ({failed}); the same command tries "
        "them again"
    )
    assert _kl(tmp_path, _D8) > 0


def test_a_killed_cell_goes_on_where_it_was(data_dir, tmp_path):
    process = _start("tests.tiny_study:LONG", tmp_path, data_dir, "--parallel=2")
    _wait_for(lambda: _saved(tmp_path, _LONG))
    os.kill(_wait_for(lambda: _trainer_of(tmp_path, _LONG)), signal.SIGKILL)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert f"{_LONG}: FAILED: killed by signal 9" in output + errors
    assert _kl(tmp_path, _D8) > 0  # The other one was finished.
    code, output, errors = _sweep("tests.tiny_study:LONG", tmp_path, data_dir)
    assert code == 0, errors
    assert "going on from step" in (tmp_path / _LONG / "train.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_sweep_saves_its_cells(data_dir, tmp_path, number):
    process = _start("tests.tiny_study:LONG", tmp_path, data_dir, "--parallel=1")
    _wait_for(lambda: _saved(tmp_path, _LONG))
    trainer = _wait_for(lambda: _trainer_of(tmp_path, _LONG))
    process.send_signal(number)
    output, errors = process.communicate(timeout=100)
    assert process.returncode == 130, errors
    assert "the same command goes on from what is saved" in errors
    assert not pathlib.Path(f"/proc/{trainer}").exists()
    assert "which is saved in" in (tmp_path / _LONG / "train.log").read_text()


def test_cells_of_a_killed_sweep_stop_with_their_state_saved(data_dir, tmp_path):
    process = _start("tests.tiny_study:LONG", tmp_path, data_dir, "--parallel=1")
    _wait_for(lambda: _saved(tmp_path, _LONG))
    trainer = _wait_for(lambda: _trainer_of(tmp_path, _LONG))
    process.kill()
    process.communicate()
    _wait_for(lambda: not pathlib.Path(f"/proc/{trainer}").exists(), 30)
    assert _trainer_of(tmp_path, _LONG) is None
    assert not (tmp_path / _LONG / "metrics.json").exists()


def test_the_wrong_folder_or_name_is_one_line(swept, data_dir, tmp_path):
    workdir, _, _ = swept
    for study, folder, more, message in (
        (
            "tests.tiny_study:STUDY",
            workdir / _D2,
            (),
            "holds a single run, not a study",
        ),
        (
            "cards",
            tmp_path,
            (),
            "or package.module:STUDY for your own, got 'cards'",
        ),
        ("tests.tiny_study:NONE", tmp_path, (), "cannot be imported"),
        ("tests.tiny_study:_grid", tmp_path, (), "must be a Study, got function"),
        ("tests.tiny_study:TWICE", tmp_path, (), "two cells are called wildcard_27/"),
        ("cards_27", tmp_path, ("--only=union_27,gpt",), "'gpt' matches no cell"),
        ("cards_27", tmp_path, ("--engine=slurm",), "--engine=slurm"),
        ("cards_27", tmp_path, ("--seeds=0",), "seeds must be at least 1, got 0"),
        ("cards_27", tmp_path, ("--parallel=0",), "parallel must be at least 1, got 0"),
    ):
        code, output, errors = _sweep(study, folder, data_dir, *more)
        assert (code, output, len(errors.splitlines())) == (1, "", 1), errors
        assert message in errors
    assert not list(tmp_path.iterdir())


def test_ray_that_is_missing_or_not_running_is_one_line(data_dir, tmp_path):
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "ray.py").write_text("raise ImportError('no Ray here')")
    for environment, message in (
        ({"PYTHONPATH": str(fake)}, "pip install 'set_contrastive[ray]'"),
        ({}, "no Ray cluster at ray_address=127.0.0.1:1"),
    ):
        code, _, errors = _sweep(
            "tests.tiny_study:STUDY",
            tmp_path / "study",
            data_dir,
            "--engine=ray",
            "--ray_address=127.0.0.1:1",
            **environment,
        )
        assert code == 1
        assert message in errors.splitlines()[-1]


def test_ray_starts_a_killed_cell_again(swept, data_dir, tmp_path):
    with ray_node.started() as address:
        process = _start(
            "tests.tiny_study:LONG",
            tmp_path,
            data_dir,
            "--engine=ray",
            f"--ray_address={address}",
        )
        _wait_for(lambda: _saved(tmp_path, _LONG) or process.poll() is not None)
        os.kill(_wait_for(lambda: _trainer_of(tmp_path, _LONG)), signal.SIGKILL)
        output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "All 2 cells are finished" in output
    measures = json.loads((tmp_path / _LONG / "metrics.json").read_text())
    assert measures["step"] == 1000
    # The same cell of the other study, trained by a process of this machine.
    assert _kl(tmp_path, _D8) == pytest.approx(_kl(swept[0], _D8), rel=1e-5)


@pytest.mark.parametrize(
    ("patterns", "number"),
    [
        ([], 90),
        (["union_27"], 18),
        (["*/cross_encoder"], 10),
        (["set_27/*/seed_1", "set_27/classifier"], 10),
    ],
)
def test_patterns_choose_cells(patterns, number):
    cells = cards_27.STUDY.all_cells("data", 2)
    assert len(grid.choose(cells, patterns)) == number


def test_seeds_of_earlier_calls_are_remembered(tmp_path):
    grid.claim(tmp_path, "cards_27", 3)
    grid.claim(tmp_path, "cards_27", 1)
    grid.claim(tmp_path, "other", 2)
    assert run_folder.read_studies(tmp_path / "study.json") == {
        "cards_27": 3,
        "other": 2,
    }


def test_a_folder_of_an_earlier_version_is_gone_on_with(tmp_path):
    path = tmp_path / "study.json"
    path.write_text('{"study": "cards_27", "seeds": 2}')
    grid.claim(tmp_path, "cards_27", 1)
    assert run_folder.read_studies(path) == {"cards_27": 2}
    path.write_text('{"studies": []}')
    with pytest.raises(UserError, match="names no studies"):
        grid.claim(tmp_path, "cards_27", 1)


def test_a_cell_of_two_studies_is_trained_once(swept, data_dir):
    workdir, _, _ = swept
    before = (workdir / _D8 / "metrics.json").stat().st_mtime_ns
    code, output, errors = _sweep("tests.tiny_study:SHARED", workdir, data_dir)
    assert code == 0, errors
    assert "All 2 cells are finished" in output
    assert "--study=tests.tiny_study:SHARED" in output
    assert (workdir / _D8 / "metrics.json").stat().st_mtime_ns == before
    d8, d5 = results.collect(workdir, "tests.tiny_study:SHARED").cells
    assert (d8.cell.name, d5.config.model.vector_dim) == (_D8, 5)
    with pytest.raises(UserError, match="tiny_study:SHARED; name one of them"):
        results.collect(workdir)


def test_cards_27_is_the_grid_of_the_study():
    study = registry.get("cards_27")
    cells = study.cells("data", 0)
    assert len(cells) == len({cell.name for cell in cells}) == 45
    games = ("set_27", "wildcard_27", "union_27", "symdiff_27", "shatter_27")
    dims = [4, 8, 16, 20, 24, 27, 512]
    for game in games:
        towers = [
            cell.config.model.vector_dim
            for cell in cells
            if cell.config.game == game and cell.config.model.family == "two_tower"
        ]
        assert towers == dims
    # Cells differ in game and model only, or they could not be compared.
    assert {(c.config.model.family, c.config.objective) for c in cells} == {
        ("two_tower", "cross_entropy_support"),
        ("cross_encoder", "cross_entropy_support"),
        ("classifier", "cross_entropy_support"),
    }
    assert len(study.references) == 40
    known = {(r.game, r.model): (r.kl_nats, r.top_k_overlap) for r in study.references}
    # Three values read off the study's figure by hand.
    assert known["wildcard_27", "two_tower_d4"] == (0.193, 0.961)
    assert known["symdiff_27", "two_tower_d24"] == (0.01269, 0.997)
    assert known["shatter_27", "classifier"] == (0.00013, 1.0)
    # 1.15 x 0.301 + 0.02, 1.25 x 0.337 + 0.05, and those that are not stretched.
    assert study.goals["union_27", "two_tower_d4"] == pytest.approx(0.36615)
    assert study.goals["symdiff_27", "two_tower_d8"] == pytest.approx(0.47125)
    assert study.goals["symdiff_27", "cross_encoder"] == 0.05
    assert study.goals["wildcard_27", "two_tower_d4"] == 0.25
    assert ("shatter_27", "classifier") not in study.goals
