"""Tests of sweeps: what is trained, skipped, listed, refused, shared, on Ray."""

import datetime
import json
import os
import signal

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.reporting import results
from set_contrastive.runs import run_folder
from tests.engines import ray_node
from tests.tiny_sweep import CROSS
from tests.tiny_sweep import D2
from tests.tiny_sweep import D8
from tests.tiny_sweep import LONG
from tests.tiny_sweep import kl
from tests.tiny_sweep import saved
from tests.tiny_sweep import start
from tests.tiny_sweep import sweep
from tests.tiny_sweep import trainer_of
from tests.tiny_sweep import wait_for


@pytest.fixture(scope="module")
def swept(data_dir, tmp_path_factory):
    """The folder of a study that was swept, and what was printed."""
    workdir = tmp_path_factory.mktemp("sweep") / "tiny"
    code, output, errors = sweep("tests.tiny_study:STUDY", workdir, data_dir)
    assert code == 0, errors
    return workdir, output, errors


def test_every_cell_is_trained_and_measured(swept):
    workdir, output, errors = swept
    assert "All 3 cells are finished" in output
    assert "3/3 cells" in errors and "min left" in errors
    for cell in (D2, D8, CROSS):
        measures = json.loads((workdir / cell / "metrics.json").read_text())
        assert (measures["split"], measures["step"]) == ("test", 60)
        assert measures["train_seconds"] > 0
        assert f"{cell}: KL {measures['kl_nats']:.5f} nats" in output + errors
        curve = run_folder.read_curve(workdir / cell / "curve.jsonl")
        assert [row["step"] for row in curve] == [30, 60]
        noted = json.loads((workdir / cell / "provenance.json").read_text())
        assert "-m set_contrastive.sweep --study=tests.tiny_study" in noted["command"]
        assert noted["machine"]["cores"] >= 1
        finished = datetime.datetime.fromisoformat(noted["finished"]).timestamp()
        curve_ended = (workdir / cell / "curve.jsonl").stat().st_mtime
        assert finished >= int(curve_ended)


def test_finished_cells_are_skipped(swept, data_dir):
    workdir, _, _ = swept
    before = (workdir / D2 / "metrics.json").stat().st_mtime_ns
    code, output, errors = sweep("tests.tiny_study:STUDY", workdir, data_dir)
    assert code == 0, errors
    assert "All 3 cells are finished" in output
    assert (workdir / D2 / "metrics.json").stat().st_mtime_ns == before


def test_half_written_measures_are_made_again(swept, data_dir):
    workdir, _, _ = swept
    expected = kl(workdir, D8)
    (workdir / D8 / "metrics.json").write_text('{"kl_nats": 0.')
    code, _, errors = sweep("tests.tiny_study:STUDY", workdir, data_dir)
    assert code == 0, errors
    assert kl(workdir, D8) == expected


def test_dry_run_lists_the_cells_and_writes_nothing(swept, data_dir, tmp_path):
    workdir, _, _ = swept
    code, output, errors = sweep(
        "tests.tiny_study:STUDY", workdir, data_dir, "--dry_run", "--seeds=2"
    )
    assert (code, errors) == (0, "")
    rows = [line.split() for line in output.splitlines()]
    assert rows[1] == [D2, "60", "0.0", "finished"]
    assert rows[4] == [D2.replace("seed_0", "seed_1"), "60", "0.0", "to", "do"]
    folder = tmp_path / "new"
    code, output, _ = sweep("cards_27", folder, data_dir, "--dry_run")
    assert code == 0 and "45 cells, about" in output
    assert not folder.exists()


def test_the_wrong_folder_or_name_is_one_line(swept, data_dir, tmp_path):
    workdir, _, _ = swept
    for study, folder, more, message in (
        (
            "tests.tiny_study:STUDY",
            workdir / D2,
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
        (
            "tests.tiny_study:_grid",
            tmp_path,
            (),
            "a Study or a TrialStudy, got function",
        ),
        ("tests.tiny_study:TWICE", tmp_path, (), "two cells are called wildcard_27/"),
        ("cards_27", tmp_path, ("--only=union_27,gpt",), "'gpt' matches no cell"),
        ("cards_27", tmp_path, ("--engine=slurm",), "--engine=slurm"),
        ("cards_27", tmp_path, ("--seeds=0",), "seeds must be at least 1, got 0"),
        ("cards_27", tmp_path, ("--parallel=0",), "parallel must be at least 1, got 0"),
    ):
        code, output, errors = sweep(study, folder, data_dir, *more)
        assert (code, output, len(errors.splitlines())) == (1, "", 1), errors
        assert message in errors
    assert not list(tmp_path.iterdir())


def test_ray_starts_a_killed_cell_again(swept, data_dir, tmp_path):
    with ray_node.started() as address:
        process = start(
            "tests.tiny_study:LONG",
            tmp_path,
            data_dir,
            "--engine=ray",
            f"--ray_address={address}",
        )
        wait_for(lambda: saved(tmp_path, LONG) or process.poll() is not None)
        os.kill(wait_for(lambda: trainer_of(tmp_path, LONG)), signal.SIGKILL)
        output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "All 2 cells are finished" in output
    measures = json.loads((tmp_path / LONG / "metrics.json").read_text())
    assert measures["step"] == 1000
    # The same cell of the other study, trained by a process of this machine.
    assert kl(tmp_path, D8) == pytest.approx(kl(swept[0], D8), rel=1e-5)


def test_a_cell_of_two_studies_is_trained_once(swept, data_dir):
    workdir, _, _ = swept
    before = (workdir / D8 / "metrics.json").stat().st_mtime_ns
    code, output, errors = sweep("tests.tiny_study:SHARED", workdir, data_dir)
    assert code == 0, errors
    assert "All 2 cells are finished" in output
    assert "--study=tests.tiny_study:SHARED" in output
    assert (workdir / D8 / "metrics.json").stat().st_mtime_ns == before
    d8, d5 = results.collect(workdir, "tests.tiny_study:SHARED").cells
    assert (d8.cell.name, d5.config.model.vector_dim) == (D8, 5)
    with pytest.raises(UserError, match="tiny_study:SHARED; name one of them"):
        results.collect(workdir)
