"""Tests of what skipped tests do to a run of the tests."""

import pathlib
import subprocess
import sys

import pytest

_ROOT = pathlib.Path(__file__).parents[1]
_CONFTEST = """
from tests.no_skips import pytest_addoption
from tests.no_skips import pytest_make_collect_report
from tests.no_skips import pytest_runtest_makereport
"""
_TESTS = """
import pytest
def test_there(): pass
@pytest.mark.skipif(True, reason="no browser")
def test_mark(): pass
def test_call(): pytest.skip("no compiler")
"""
_MODULE = "import pytest; pytest.importorskip('nowhere', reason='no extra')"


@pytest.mark.parametrize("flags", [[], ["-n1"]])
@pytest.mark.parametrize(
    ("content", "reasons", "failed"),
    [
        (_TESTS, ("no browser", "no compiler"), "1 failed, 1 passed, 1 error"),
        (_MODULE, ["no extra"], ""),
    ],
)
def test_a_skipped_test_is_told_and_fails_if_asked(
    tmp_path, flags, content, reasons, failed
):
    (tmp_path / "conftest.py").write_text(_CONFTEST)
    (tmp_path / "some_test.py").write_text(content)
    command = [sys.executable, "-m", "pytest", "-ra", *flags, "-p", "no:cacheprovider"]
    command += [f"--rootdir={tmp_path}", "-o", "python_files=*_test.py", tmp_path]
    told, refused = (
        subprocess.run([*command, *asked], cwd=_ROOT, capture_output=True, text=True)
        for asked in ([], ["--no-skips"])
    )
    assert told.returncode in (0, pytest.ExitCode.NO_TESTS_COLLECTED), told.stdout
    assert refused.returncode in (1, pytest.ExitCode.INTERRUPTED), refused.stdout
    assert failed in refused.stdout
    for reason in reasons:
        assert f": {reason}" in told.stdout
        assert f"not to be skipped: Skipped: {reason}" in refused.stdout


def test_the_gate_asks_and_the_makefile_tells():
    gate = (_ROOT / ".ci" / "run").read_text()
    assert "PYTEST_FLAGS=--no-skips" in gate
    assert "$(PYTEST_FLAGS)" in (_ROOT / "Makefile").read_text()
    assert '"-ra"' in (_ROOT / "pyproject.toml").read_text()  # Reasons, at the end.
