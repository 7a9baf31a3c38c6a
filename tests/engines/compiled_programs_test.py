"""Tests of compiled programs that processes share."""

import os
import pathlib
import subprocess
import sys

import pytest

from set_contrastive.engines import compiled_programs

_PROGRAM = """
import pathlib, sys
from set_contrastive.engines import compiled_programs
compiled_programs.share(pathlib.Path(sys.argv[1]))
import tensorflow as tf
@tf.function(jit_compile=True)
def f(x):
    return tf.reduce_sum(x @ x)
print(float(f(tf.ones((int(sys.argv[2]),) * 2))))
"""


def _run(workdir, size):
    """Returns the files that are there after a process has run a program."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(workdir), str(size)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) == size**3
    files = [path for path in workdir.rglob("*") if path.is_file()]
    return {path: path.stat().st_mtime_ns for path in files}


def test_a_program_is_compiled_once(tmp_path):
    first = _run(tmp_path, 3)
    assert len(first) == 1
    assert _run(tmp_path, 3) == first
    assert len(_run(tmp_path, 4)) == 2


def test_the_users_directory_is_kept(monkeypatch, tmp_path):
    theirs = "--tf_xla_persistent_cache_directory=mine"
    monkeypatch.setenv("TF_XLA_FLAGS", theirs)
    compiled_programs.share(tmp_path)
    assert os.environ["TF_XLA_FLAGS"] == theirs


@pytest.mark.parametrize("flags", ["", "--tf_xla_auto_jit=0"])
def test_other_flags_stay(monkeypatch, tmp_path, flags):
    monkeypatch.setenv("TF_XLA_FLAGS", flags)
    monkeypatch.chdir(tmp_path)
    compiled_programs.share(pathlib.Path("study"))
    *others, ours = os.environ["TF_XLA_FLAGS"].split()
    assert others == flags.split()
    assert ours.startswith(
        f"--tf_xla_persistent_cache_directory={tmp_path}/study/compiled_programs/"
    )
