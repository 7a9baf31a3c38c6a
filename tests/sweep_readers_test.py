"""Tests of cells that take over what another cell has trained."""

import json

import pytest

from set_contrastive.reporting import results
from set_contrastive.runs import experiment
from set_contrastive.runs import run_folder
from tests import tiny_study
from tests.tiny_sweep import sweep

_STUDY = "tests.tiny_study:READERS"
_FIRST, _LATER = [cell.name for cell in tiny_study.READERS.cells("", 0)]


def _scores(workdir):
    """The scores of the second cell."""
    return results.collect(workdir, _STUDY).cells[-1].scores()


@pytest.fixture(scope="module")
def swept(data_dir, tmp_path_factory):
    """The folder of the study, both cells of which were swept."""
    workdir = tmp_path_factory.mktemp("readers") / "study"
    code, output, errors = sweep(_STUDY, workdir, data_dir)
    assert code == 0, errors
    assert "All 2 cells are finished" in output
    return workdir


@pytest.fixture(scope="module")
def alone(swept, data_dir, tmp_path_factory):
    """The same, where the first cell's measures are spoiled and the second is swept."""
    workdir = tmp_path_factory.mktemp("alone") / "study"
    (workdir / _FIRST).mkdir(parents=True)
    for name in (run_folder.CONFIG, run_folder.METRICS):
        text = (swept / _FIRST / name).read_text()
        (workdir / _FIRST / name).write_text(text[:-9])
    code, _, errors = sweep(_STUDY, workdir, data_dir, f"--only={_LATER}")
    assert code == 0, errors
    return workdir


def test_a_reader_taken_over_is_what_training_makes(swept, alone):
    assert len(run_folder.read_curve(alone / _LATER / run_folder.CURVE)) == 2
    curve = run_folder.read_curve(swept / _LATER / run_folder.CURVE)
    assert [row["step"] for row in curve] == [60]
    assert (_scores(swept) == _scores(alone)).all()
    measures, expected = (
        json.loads((workdir / _LATER / run_folder.METRICS).read_text())
        for workdir in (swept, alone)
    )
    assert measures["kl_nats"] == expected["kl_nats"]
    assert measures["step"] == expected["step"] == 60


def test_its_vectors_are_its_own(swept):
    first, later = (experiment.load(str(swept / name)) for name in (_FIRST, _LATER))
    assert first.scorer.query_encoder.output_shape == (None, 30)
    assert later.scorer.query_encoder.output_shape == (None, 40)


def test_time_of_training_is_told_and_counted_once(swept):
    first, later = results.collect(swept, _STUDY).cells
    assert later.provenance()["reader_of"] == _FIRST
    assert "reader_of" not in first.provenance()
    assert later.measures["train_seconds"] > first.measures["train_seconds"]
    total = first.own_seconds() + later.own_seconds()
    assert total == pytest.approx(later.measures["train_seconds"])
