"""Tests of what is kept from call to call: whole, or not there."""

import numpy as np
import pytest

from set_contrastive.base import store
from set_contrastive.base.errors import UserError
from set_contrastive.base.store import Store

_INPUTS = {"judgements": "a1", "dims": (2, 4), "tolerance": 0.01, "runs": None}


@pytest.fixture
def opened(tmp_path):
    found = Store(tmp_path / "advice" / "cells")
    found.open(_INPUTS)
    return found


def test_what_is_put_is_there(opened):
    arrays = {"float32": np.arange(3.0), "rows": np.eye(2, dtype=np.float32)}
    assert not opened.has("yours-pca-2")
    opened.put("yours-pca-2", {"value": 0.5, "names": ["a"]}, arrays)
    opened.put("yours-pca-24", {"value": 1}, {"float32": np.ones(1)})
    assert opened.has("yours-pca-2")
    assert opened.get("yours-pca-2") == {"value": 0.5, "names": ["a"]}
    found = opened.arrays("yours-pca-2")
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_a_result_is_there_when_its_arrays_are(opened, monkeypatch):
    monkeypatch.setattr(store.whole_files, "write_json", _fails)
    with pytest.raises(OSError, match="disk"):
        opened.put("reached-softmax-2-0", {}, {"rows": np.eye(2)})
    assert not opened.has("reached-softmax-2-0")
    assert list(opened.arrays("reached-softmax-2-0")) == ["rows"]


def _fails(path, values):
    raise OSError(f"disk full: {path}, {values}")


def test_the_same_inputs_go_on_and_others_are_refused(opened):
    opened.put("cause-pca-2", {"dim": 2}, {})
    opened.open(_INPUTS)
    assert opened.has("cause-pca-2")
    with pytest.raises(UserError) as error:
        opened.open(_INPUTS | {"dims": (2,), "runs": "b2"})
    assert str(error.value) == (
        f"output {opened.folder.parent} holds results of other inputs (dims, runs); "
        "name another folder"
    )
    opened.open(_INPUTS)  # What was refused has changed nothing.
    # An option that results of an earlier version followed from is named, too.
    with pytest.raises(UserError, match=r"holds results of other inputs \(dims\); "):
        opened.open({k: v for k, v in _INPUTS.items() if k != "dims"})


def test_a_damaged_result_is_named(opened):
    (opened.folder / "cause-pca-2.json").write_text('{"dim": ')
    with pytest.raises(UserError, match=r"cause-pca-2\.json is corrupt"):
        opened.get("cause-pca-2")


def test_a_fingerprint_is_that_of_the_content(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"x" * 2**23 + b"y")
    second.write_bytes(b"x" * 2**23 + b"y")
    assert store.fingerprint(first) == store.fingerprint(second)
    second.write_bytes(b"x" * 2**23 + b"z")
    assert store.fingerprint(first) != store.fingerprint(second)
    folder = tmp_path / "beir" / "qrels"
    folder.mkdir(parents=True)
    (folder / "test.tsv").write_text("q0\td0\t1\n")
    before = store.fingerprint(tmp_path / "beir")
    (folder / "test.tsv").write_text("q0\td1\t1\n")
    assert store.fingerprint(tmp_path / "beir") != before
