"""Tests that faults of a small BUILD are found, and what Bazel refuses is refused."""

import pytest

from tests.build_faults import faults
from tests.build_targets import read_build

SMALL_BUILD = """
load("@rules_python//python:py_library.bzl", "py_library")
load("@rules_python//python:py_test.bzl", "py_test")
[
    py_library(name = room, srcs = glob(["export/" + room + "/*.py"]), deps = deps)
    for room, deps in {
        "low": ["@pypi//numpy", ":both"],
        "high": [":low"],
    }.items()
]
py_library(name = "both", deps = ["@pypi//absl_py", "@pypi//keras"])
py_library(name = "helpers", srcs = ["tests/conftest.py"], deps = ["@pypi//pytest"])
py_test(
    name = "test",
    srcs = glob(["tests/**/*_test.py"]),
    deps = [":helpers", ":high", "@pypi//pytest"],
)
"""


@pytest.fixture
def small_tree(tmp_path):
    """Two rooms and a test, with a BUILD that has no fault."""
    files = {
        "BUILD": SMALL_BUILD,
        "export/low/a.py": "import os\nimport numpy.linalg\n",
        "export/low/b.py": "def f():\n    from absl import flags\n    import torch\n",
        "export/high/c.py": "from export.low import a\n",
        "tests/conftest.py": "import pytest\n",
        "tests/high/c_test.py": 'run("-m", "export.high.c")\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_build_without_fault_has_none(small_tree):
    assert faults(small_tree) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("export/new.py", "", "", "export/new.py is in the targets [], not in one"),
        (
            "BUILD",
            'srcs = ["tests/conftest.py"]',
            'srcs = ["tests/conftest.py", "export/low/a.py"]',
            "export/low/a.py is in the targets ['low', 'helpers'], not in one",
        ),
        ("BUILD", '"@pypi//numpy", ', "", "low lacks @pypi//numpy, for export/low/a"),
        ("BUILD", '[":low"]', "[]", "high lacks low, for export/high/c.py"),
        ("BUILD", '":high", ', "", "test lacks high, for tests/high/c_test.py"),
        ("BUILD", '":helpers", ', "", "test lacks helpers, for tests/high/c_test"),
        ("export/high/c.py", " a\n", " a\nimport scipy\n", "high lacks @pypi//scipy"),
        ("export/high/c.py", "from", "#", "high has low, but nothing needs it"),
        ("export/low/a.py", "import numpy", "#", "low has @pypi//numpy, but nothing"),
        ("export/low/b.py", "from absl", "#", "low has both, but nothing needs it"),
    ],
)
def test_faults_are_found(small_tree, file, old, new, fault):
    path = small_tree / file
    text = path.read_text() if path.exists() else ""
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert [line for line in faults(small_tree) if line.startswith(fault)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"tests/conftest.py"', '"tests/gone.py"', "files that are not there"),
        ('"export/" + room + "/*.py"', '"export/" + room + "/*.txt"', "no file"),
        ('name = "both"', 'name = "low"', "two targets named low"),
        ('load("@rules_python//python:py_test.bzl", "py_test")', "", "not loaded"),
        ("py_library(name =", "import os\npy_library(name =", "not Starlark"),
        ('[":helpers", ":high"', '[":high", ":high"', "test has a dep twice"),
    ],
)
def test_what_bazel_would_refuse_is_refused(small_tree, old, new, message):
    build = small_tree / "BUILD"
    text = build.read_text()
    assert old in text
    last = text.rpartition(old)
    build.write_text(last[0] + new + last[2])
    with pytest.raises(AssertionError, match=message):
        read_build(small_tree)
