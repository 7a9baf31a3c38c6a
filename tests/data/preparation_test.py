"""Tests of building what is missing, with the real builder."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.data import preparation as data_preparation
from set_contrastive.data import prepared_data
from tests.parity import Parity


def test_what_is_missing_is_built_once(tmp_path, capfd):
    games = ["tests.parity:Parity"]
    data_preparation.build_missing(games, str(tmp_path))
    assert "Preparing the data set parity_2" in capfd.readouterr().out
    split = prepared_data.read_split(str(tmp_path), "parity_2", "test")
    assert sorted(split.queries[:, 0]) == list(range(1, 11))
    np.testing.assert_array_equal(split.key_mask, Parity().answer(split.queries))
    data_preparation.build_missing(games, str(tmp_path))
    assert "Preparing" not in capfd.readouterr().out


def test_what_cannot_be_built_is_named(tmp_path, capfd):
    with pytest.raises(UserError, match="data set union_28 cannot be built: exit code"):
        data_preparation.build_missing(["union_28"], str(tmp_path))
    assert "union_28" in capfd.readouterr().err


# A game whose build never ends while there is a file called `wait`.
SLOW_GAME = """
import pathlib
import time

from tests.parity import Parity

HERE = pathlib.Path(__file__).parent

class Slow(Parity):
    def answer(self, queries):
        (HERE / "started").touch()
        while (HERE / "wait").exists():
            time.sleep(0.05)
        return super().answer(queries)
"""


def test_a_build_that_was_killed_is_built_again(tmp_path, monkeypatch, capfd):
    module = f"slow_{tmp_path.name}"
    (tmp_path / f"{module}.py").write_text(SLOW_GAME)
    (tmp_path / "wait").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    data_dir, game = str(tmp_path / "data"), f"{module}:Slow"
    command = [sys.executable, *data_preparation.build_arguments(game, data_dir)]
    with subprocess.Popen(command) as build:
        end = time.monotonic() + 120
        while not (tmp_path / "started").exists():
            assert build.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        build.kill()
    assert build.returncode == -signal.SIGKILL
    left = tmp_path / "data" / "card_games" / "parity_2"
    assert [path.name.partition(".")[0] for path in left.iterdir()] == ["incomplete"]
    assert not prepared_data.is_built(data_dir, "parity_2")
    (tmp_path / "wait").unlink()
    data_preparation.build_missing([game], data_dir)
    assert "Preparing the data set parity_2" in capfd.readouterr().out
    assert len(prepared_data.read_split(data_dir, "parity_2", "test").queries) == 10


def test_a_data_set_that_lacks_a_file_is_built_again(tmp_path, capfd):
    games = ["tests.parity:Parity"]
    data_preparation.build_missing(games, str(tmp_path))
    (shard,) = (tmp_path / "card_games" / "parity_2" / "1.0.0").glob("*-test.*")
    shard.unlink()
    capfd.readouterr()
    data_preparation.build_missing(games, str(tmp_path))
    assert "Preparing the data set parity_2" in capfd.readouterr().out
    assert len(prepared_data.read_split(str(tmp_path), "parity_2", "test").queries)
