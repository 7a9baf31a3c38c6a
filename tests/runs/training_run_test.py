"""Tests of a run under way that is stopped at the very moment that a test chooses."""

import pytest
import tensorflow as tf

from set_contrastive.runs import run_folder
from tests.failing_files import KILL
from tests.failing_files import TERMINATE
from tests.failing_files import Fault
from tests.tiny_run import TRAIN
from tests.tiny_run import assert_same_bits
from tests.tiny_run import train_flags

_FLAGS = {"steps": 12, "eval_every": 4, "checkpoint_every": 4, "steps_per_call": 4}
_NOTHING = Fault("all", nth=0)
# How the run is stopped, and its exit code.
_STOPS = (
    # After the steps up to 4, when their row is about to be written.
    (Fault("write", named="*/curve.jsonl", error=KILL), -9),
    # When the checkpoint of step 8 is about to be written.
    (Fault("mkdir", named="*/step-8_temp*", error=KILL), -9),
    # While that checkpoint is written, so that the run stops at step 12.
    (Fault("rename", named="*/step-8*", error=TERMINATE), 130),
)


def _validations(folder):
    """Returns the validation KL in TensorBoard by step."""
    found = {}
    for file in (folder / "tensorboard").glob("events*"):
        for event in tf.compat.v1.train.summary_iterator(str(file)):
            for value in event.summary.value:
                if value.tag == "validation/kl_nats":
                    found[event.step] = float(tf.make_ndarray(value.tensor))
    return found


@pytest.fixture(scope="module")
def whole(data_dir, tmp_path_factory, run_with_fault):
    """The folder of a run that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    code, _, errors, _ = run_with_fault(
        _NOTHING, folder, TRAIN, *train_flags(data_dir, folder, **_FLAGS)
    )
    assert code == 0, errors
    return folder


def test_no_stop_loses_a_row_of_the_curve(whole, data_dir, tmp_path, run_with_fault):
    flags = train_flags(data_dir, tmp_path, **_FLAGS)
    for stop, expected in _STOPS:
        code, _, errors, _ = run_with_fault(stop, tmp_path, TRAIN, *flags)
        assert code == expected, errors
    code, _, errors, _ = run_with_fault(_NOTHING, tmp_path, TRAIN, *flags)
    assert code == 0, errors
    assert_same_bits(whole, tmp_path)
    curve = run_folder.read_curve(tmp_path / "curve.jsonl")
    assert [row["step"] for row in curve] == [4, 8, 12]
    assert curve == run_folder.read_curve(whole / "curve.jsonl")  # The loss as well.
    assert _validations(tmp_path) == _validations(whole)
    assert sorted(_validations(whole)) == [4, 8, 12]
