"""Tests of what a task of a Ray cluster gets."""

import pathlib
import subprocess
import sys

import pytest

from tests.engines import ray_node

ROOT = pathlib.Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("more", "expected"), [((), ["all", "all"]), (("--num-gpus=2",), ["0", "1"])]
)
def test_a_task_of_ray_has_a_gpu_of_its_own(tmp_path, more, expected):
    with ray_node.started(*more) as address:
        done = subprocess.run(
            [sys.executable, "-m", "tests.engines.ray_cells", tmp_path, address],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    seen = [path.read_text() for path in tmp_path.rglob("visible")]
    assert sorted(seen) == expected, done.stdout
