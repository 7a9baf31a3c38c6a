"""Tests of checkpoints on disk."""

import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.training import checkpoints
from set_contrastive.training import presets
from tests import failing_files
from tests.failing_files import Fault

PARTS = ("data-00000-of-00001", "index")


def _parts(value):
    return {
        "model": tf.train.Checkpoint(x=tf.Variable(tf.fill([1000], value))),
        "step": tf.Variable(value),
    }


def _saved(folder, *values):
    for value in values:
        checkpoints.Checkpoints(folder, **_parts(value)).save(int(value))


def _restored(folder):
    parts = _parts(-1.0)
    assert checkpoints.Checkpoints(folder, **parts).restore()
    assert parts["model"].x.numpy().tolist() == [parts["step"].numpy()] * 1000
    return parts["step"].numpy()


def test_newest_is_restored_and_three_are_kept(tmp_path):
    _saved(tmp_path, 8.0, 9.0, 10.0, 11.0)
    assert [p.name for p in checkpoints.find(tmp_path)] == [
        "step-11",
        "step-10",
        "step-9",
    ]
    assert len(list(tmp_path.iterdir())) == 6
    assert _restored(tmp_path) == 11


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("damage", ["truncated", "half", "zeros"])
def test_damaged_newest_is_skipped_with_a_warning(tmp_path, caplog, part, damage):
    _saved(tmp_path, 1.0, 2.0)
    file = tmp_path / f"step-2.{part}"
    content = file.read_bytes()
    half = len(content) // 2
    file.write_bytes(
        {
            "truncated": b"",
            "half": content[:half],
            "zeros": content[:half] + bytes(len(content) - half),
        }[damage]
    )
    assert _restored(tmp_path) == 1
    assert "step-2" in caplog.text and "damaged" in caplog.text


def test_an_index_torn_at_any_length_is_skipped(tmp_path):
    _saved(tmp_path, 1.0, 2.0)
    index = tmp_path / "step-2.index"
    content = index.read_bytes()
    assert len(content) > 100
    for length in range(len(content)):
        index.write_bytes(content[:length])
        assert _restored(tmp_path) == 1, length
    index.write_bytes(content)
    assert _restored(tmp_path) == 2


def test_the_index_is_written_last_and_under_its_own_name(tmp_path):
    """What the docstring of `save` says, seen in a process that is killed meanwhile."""
    _saved(tmp_path, 1.0)
    code = (
        "import pathlib, sys\n"
        "from tests.training import checkpoints_test\n"
        "checkpoints_test._saved(pathlib.Path(sys.argv[1]), 2.0)"
    )
    preload = failing_files.compile_library(tmp_path)
    for call in ("rename", "write"):  # Of the data; of the index, as of a stream.
        fault = Fault(call, named="*/step-2.*", error=failing_files.KILL)
        environment = preload | fault.environment(tmp_path, tmp_path / "count")
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=pathlib.Path(__file__).parents[2],
            env=os.environ | environment,
            stderr=subprocess.DEVNULL,
        )
        assert done.returncode == -9
        data, index = (tmp_path / f"step-2.{part}" for part in PARTS)
        # Killed at the rename, the data are not there; killed at the first write to the
        # index, they are, and beside them an empty index.
        assert data.exists() == index.exists() == (call == "write")
        assert _restored(tmp_path) == 1
    assert index.read_bytes() == b""
    assert (tmp_path / "step-2_temp").exists()
    _saved(tmp_path, 3.0)
    assert not (tmp_path / "step-2_temp").exists()


def test_missing_data_file_is_skipped(tmp_path):
    _saved(tmp_path, 1.0, 2.0)
    (tmp_path / "step-2.data-00000-of-00001").unlink()
    assert _restored(tmp_path) == 1


def test_all_damaged_is_an_error_and_none_is_not(tmp_path):
    assert not checkpoints.Checkpoints(tmp_path, **_parts(0.0)).restore()
    _saved(tmp_path, 1.0)
    (tmp_path / "step-1.index").write_bytes(b"")
    with pytest.raises(UserError, match="all checkpoints .* damaged"):
        checkpoints.Checkpoints(tmp_path, **_parts(0.0)).restore()


@pytest.mark.parametrize("family", ["two_tower", "cross_encoder", "classifier"])
def test_every_weight_of_a_model_is_saved_and_restored(tmp_path, family):
    def build(seed):
        keras.utils.set_random_seed(seed)
        config = presets.model("laptop", family)
        return families.build(registry.get("set_27").spec, config).all_keys_scorer

    def step():
        return tf.Variable(0)

    saved, restored = build(0), build(1)
    checkpoints.Checkpoints(tmp_path, model=saved, step=step()).save(0)
    assert checkpoints.Checkpoints(tmp_path, model=restored, step=step()).restore()
    for a, b in zip(saved.weights, restored.weights, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=a.path)
    assert len(saved.weights) > 20


def test_checkpoint_of_another_model_is_an_error(tmp_path):
    _saved(tmp_path, 1.0)
    other = tf.train.Checkpoint(x=tf.Variable(tf.zeros([7])))
    with pytest.raises(UserError, match="damaged"):
        checkpoints.Checkpoints(tmp_path, model=other, step=tf.Variable(0.0)).restore()
