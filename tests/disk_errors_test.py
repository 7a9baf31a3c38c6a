"""Tests of commands on a disk that fails: one line, and nothing that was saved is lost.

Operations of each kind fail, once or from then on, below the folder that a command
writes to.
"""

import json
import pathlib

import pytest

from tests import tiny_study
from tests.failing_files import CALLS
from tests.failing_files import Fault
from tests.tiny_run import EVALUATE
from tests.tiny_run import TRAIN
from tests.tiny_run import assert_same_bits
from tests.tiny_run import train_flags

EXPORT = "export.export_saved_model"
SWEEP = "set_contrastive.sweep"
_STUDY = "--study=tests.tiny_study:STUDY"
_CELL = tiny_study.STUDY.cells("", 0)[0].name


_NO_FAULT = Fault("all", nth=0)


def _run(run_with_fault, fault, below, *command):
    """Runs a command; checks that it got over the fault, or ended with one line.

    Returns whether it did not get over it.
    """
    code, _, errors, _ = run_with_fault(fault, below, *command)
    lines = errors.replace("\r", "\n").splitlines()
    said = [line for line in lines if line.strip() and "%|" not in line]
    # What an earlier fault left is told, and passed over.
    said = [line for line in said if "Skipping damaged checkpoint" not in line]
    assert code in (0, 1) and "Traceback" not in errors, (fault, code, errors)
    if code:
        assert len(said) == 1 and "error: Input/output error: " in said[0], said
    return code == 1


def _places(run_with_fault, below, *command):
    """Runs a command that succeeds; returns for each call how many it makes."""
    code, _, errors, numbers = run_with_fault(_NO_FAULT, below, *command)
    assert code == 0, errors
    return numbers


@pytest.fixture(scope="module")
def trained(data_dir, tmp_path_factory, run_with_fault):
    """The folder of a run that has been trained, and the calls that it took."""
    folder = tmp_path_factory.mktemp("disk_errors") / "run"
    flags = train_flags(data_dir, folder)
    return folder, _places(run_with_fault, folder, TRAIN, *flags)


@pytest.mark.parametrize("call", CALLS)
def test_training_goes_on_to_the_same_bits(
    call, trained, data_dir, tmp_path, run_with_fault
):
    whole, numbers = trained
    number, broken = numbers[call], tmp_path / "broken"
    assert number
    command = (TRAIN, *train_flags(data_dir, broken))
    failed = [
        _run(run_with_fault, fault, broken, *command)
        for fault in (
            Fault(call, 1, forever=True),
            Fault(call, (number + 1) // 2),
            Fault(call, number // 4 + 1, forever=True),
        )
    ]
    assert any(failed)
    assert not _run(run_with_fault, _NO_FAULT, broken, *command)
    assert_same_bits(whole, broken)


@pytest.fixture(scope="module")
def measured(trained, run_with_fault):
    """The folder of a run that has been measured, and the calls that this took."""
    run, _ = trained
    return run, _places(run_with_fault, run, EVALUATE, f"--workdir={run}")


@pytest.mark.parametrize("call", [call for call in CALLS if call != "mkdir"])
def test_measures_are_whole_or_not_there(call, measured, run_with_fault):
    run, numbers = measured
    command, number = (EVALUATE, f"--workdir={run}"), numbers[call]
    assert number
    measures = (run / "metrics.json").read_bytes()
    for fault in (
        Fault(call, 1, forever=True),
        Fault(call, (number + 1) // 2),
        Fault(call, number),
    ):
        _run(run_with_fault, fault, run, *command)
        found = run / "metrics.json"
        if found.exists() and found.read_bytes() != measures:
            # The newest checkpoint could not be read, so the one before was measured.
            assert call == "open" and json.loads(found.read_text())["step"] == 5
        assert not list(run.glob("*.partial")) or call == "unlink"
    assert not _run(run_with_fault, _NO_FAULT, run, *command)
    assert (run / "metrics.json").read_bytes() == measures


@pytest.mark.parametrize("call", [call for call in CALLS if call != "fsync"])
def test_an_export_is_whole_or_not_there(call, trained, tmp_path, run_with_fault):
    (run, _), folder = trained, tmp_path / "model"
    command = (EXPORT, f"--workdir={run}", f"--export_dir={folder}")
    failed = [
        _run(run_with_fault, fault, folder, *command)
        for fault in (Fault(call, 1, forever=True), Fault(call, 3))
    ]
    assert any(failed) or call == "unlink"  # A folder that cannot be removed.
    versions = [path for path in folder.glob("*") if path.name.isdecimal()]
    assert len(versions) == failed.count(False)
    for version in versions:
        assert (version / "saved_model.pb").exists()
        assert json.loads((version / "assets.extra" / "game.json").read_text())


@pytest.mark.parametrize(
    ("call", "named"),
    [
        *((call, "*/study.json*") for call in ("write", "open", "fsync", "rename")),
        ("mkdir", "*/study"),
    ],
)
def test_the_folder_of_a_study(call, named, data_dir, tmp_path, run_with_fault):
    folder = tmp_path / "study"
    command = (SWEEP, _STUDY, f"--workdir={folder}", f"--data_dir={data_dir}")
    assert _run(run_with_fault, Fault(call, named=named), folder, *command)
    assert {path.name for path in folder.glob("*")} <= {"lock"}  # Who worked there.


@pytest.mark.parametrize("forever", [False, True])
def test_files_of_a_cell_that_the_sweep_writes(
    forever, data_dir, tmp_path, run_with_fault
):
    folder = tmp_path / "study"
    command = (SWEEP, _STUDY, f"--workdir={folder}", f"--data_dir={data_dir}")
    for call, named in (
        ("mkdir", f"*/{pathlib.Path(_CELL).parent}"),
        ("open", "*/train.log"),
        ("write", "*/provenance.json*"),
        ("fsync", "*/provenance.json*"),
        ("rename", "*/provenance.json*"),
        ("unlink", "*/metrics.json"),
    ):
        fault = Fault(call, named=named, forever=forever)
        code, output, errors, numbers = run_with_fault(
            fault, folder, *command, f"--only={_CELL}"
        )
        assert code == 1 and numbers[call], errors
        assert "Traceback" not in errors + output
        assert "FAILED: Input/output error: " in errors + output
        assert "error: 1 of 1 cells failed" in errors.splitlines()[-1]
    code, _, errors, _ = run_with_fault(_NO_FAULT, folder, *command, f"--only={_CELL}")
    assert code == 0, errors
    assert (folder / _CELL / "metrics.json").exists()
