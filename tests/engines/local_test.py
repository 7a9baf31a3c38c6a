"""Tests of what a cell gets of this machine, with GPUs that are not there."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.engines import shares

ROOT = pathlib.Path(__file__).parents[2]
# Libraries that TensorFlow opens before it takes a GPU to be there.
_LIBRARIES = (
    "cuda.so.1",
    "nvidia-ml.so.1",
    "cudart.so.12",
    "cublas.so.12",
    "cublasLt.so.12",
    "cufft.so.11",
    "cusolver.so.11",
    "cusparse.so.12",
    "cudnn.so.9",
)


@pytest.fixture(scope="module")
def fake_gpus(tmp_path_factory):
    """The environment of a process for which TensorFlow finds two GPUs."""
    folder = tmp_path_factory.mktemp("cuda")
    compiled = folder / "fake_cuda.so"
    source = ROOT / "tests" / "engines" / "fake_cuda.c"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", compiled, source],
        check=True,
    )
    for library in _LIBRARIES:
        (folder / f"lib{library}").symlink_to(compiled)
    hidden = ("CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {"LD_LIBRARY_PATH": str(folder)}


def _run(workdir, environment, *arguments):
    command = [sys.executable, "-m", "tests.engines.gpu_cells", str(workdir)]
    done = subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _seen(workdir):
    return [json.loads(path.read_text()) for path in workdir.rglob("seen.json")]


@pytest.mark.parametrize(
    ("visible", "names"), [(None, ["0", "1"]), ("5,7", ["5", "7"]), ("7", ["7"])]
)
def test_each_cell_has_a_gpu_of_its_own(fake_gpus, tmp_path, visible, names):
    environment = fake_gpus | ({"CUDA_VISIBLE_DEVICES": visible} if visible else {})
    told = _run(tmp_path, environment)
    assert sorted(told["gpus"]) == names
    kinds = [kind for kind, _, _ in told["became"]]
    assert sorted(kinds) == ["finished"] * len(names) + ["started"] * len(names), told
    seen = sorted(_seen(tmp_path), key=lambda cell: cell["visible"])
    assert [cell["visible"] for cell in seen] == names
    # TensorFlow itself sees one GPU: it was not asked for devices before the fork.
    assert [cell["gpus"] for cell in seen] == [["/physical_device:GPU:0"]] * len(names)
    cores = sorted(core for cell in seen for core in cell["cores"])
    assert set(cores) == os.sched_getaffinity(0)


def test_more_cells_than_gpus_are_refused(fake_gpus, tmp_path):
    told = _run(tmp_path, fake_gpus, "3")
    assert "parallel must be at most 2, the number of GPUs" in told["error"]


def test_cells_without_gpus_share_the_cores(fake_gpus, tmp_path):
    told = _run(tmp_path, fake_gpus | {"CUDA_VISIBLE_DEVICES": ""}, "2")
    assert told["gpus"] == [None, None]
    seen = _seen(tmp_path)
    assert [cell["gpus"] for cell in seen] == [[], []]
    assert [cell["visible"] for cell in seen] == ["", ""]
    cores = sorted(os.sched_getaffinity(0))
    dealt = sorted(tuple(cell["cores"]) for cell in seen)
    if len(cores) > 1:
        assert dealt == sorted([tuple(cores[::2]), tuple(cores[1::2])])


@pytest.mark.parametrize(
    ("parallel", "gpus", "expected"),
    [
        (None, (), [((2,), None), ((4,), None), ((6,), None)]),
        (1, (), [((2, 4, 6), None)]),
        (2, (), [((2, 6), None), ((4,), None)]),
        (4, (), [((2,), None), ((4,), None), ((6,), None), ((2,), None)]),
        (None, ("0", "GPU-a"), [((2, 6), "0"), ((4,), "GPU-a")]),
        (1, ("3", "5"), [((2, 4, 6), "3")]),
    ],
)
def test_cores_and_gpus_are_dealt_out(monkeypatch, parallel, gpus, expected):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {6, 2, 4})
    assert [(s.cores, s.gpu) for s in shares.deal(parallel, gpus)] == expected


def test_too_many_cells_for_the_gpus_is_an_error():
    with pytest.raises(UserError, match="at most 1, the number of GPUs.* got 2"):
        shares.deal(2, ("0",))


@pytest.mark.parametrize(
    ("number", "visible", "names"),
    [
        (2, None, ("0", "1")),
        (0, None, ()),
        (2, "3, 1", ("3", "1")),
        (1, "GPU-8a,-1,2", ("GPU-8a",)),  # CUDA stops at the first that it has not.
        (0, "", ()),
        (0, "-1", ()),
    ],
)
def test_gpus_have_the_names_that_the_user_gave(number, visible, names):
    environment = {} if visible is None else {shares.CUDA_VISIBLE_DEVICES: visible}
    assert shares.name_gpus(number, environment) == names
