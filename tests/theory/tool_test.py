"""A tool of a test: its flags, what it writes and prints, its section of the report."""

import pathlib
import subprocess
import sys
import textwrap

import pytest

from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.reporting import geometry
from set_contrastive.theory import registry
from set_contrastive.theory import tool

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULE = """
'''Squares numbers.'''
import dataclasses
from set_contrastive.theory import tool
from set_contrastive.base.result import Result

@dataclasses.dataclass(frozen=True)
class Options:
    # How many numbers.
    count: int = 3
    # What they are raised to.
    power: str = "square"

def compute(options, output):
    power = {"square": 2, "cube": 3}[options.power]
    for name in ("squares", "again"):
        rows = tuple({"n": n, "power": n**power} for n in range(options.count))
        yield Result(name, "Numbers", "exact", rows, {"facts": [str(output)]})

TOOL = tool.Tool("squares", Options, compute, lambda result: [], (),
                 choices={"power": ("square", "cube")}, columns={"again": ("n",)})
if __name__ == "__main__":
    tool.run(TOOL)
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "squares.py").write_text(textwrap.dedent(MODULE))

    def call(*arguments):
        return subprocess.run(
            [sys.executable, "squares.py", *arguments],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )

    return call


def test_options_are_flags_and_results_are_written_and_printed(run, tmp_path):
    done = run("--count=4", "--power=cube", "--output=out")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("Wrote out/squares.json\n")
    assert [line.split() for line in first.splitlines()[1:6]] == [
        ["n", "power"],
        *([str(n), str(n**3)] for n in range(4)),
    ]
    assert first.endswith("exact\n- out\n")
    assert second.splitlines()[1].split() == ["n"]
    assert second.endswith("Wrote out/again.json\n")
    loaded = Result.load(tmp_path / "out" / "squares.json")
    assert loaded.rows[3] == {"n": 3, "power": 27}
    assert (tmp_path / "out" / "again.csv").exists()


def test_help_says_what_each_option_is(run):
    text = " ".join(run("--help").stdout.split())
    assert "--count: How many numbers. (default: '3')" in text
    assert "--power: <square|cube>: What they are raised to." in text
    assert "--output: Folder that results go to. (default: 'theory')" in text


def test_what_is_wrong_is_one_line(run):
    done = run("--power=root")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1 and "--power=root" in done.stderr


def test_a_tool_that_is_registered_is_in_the_report(tmp_path, monkeypatch):
    figure = Figure("squares", "Numbers drawn.", lambda figure: figure.subplots())
    mine = tool.Tool(
        "squares",
        object,
        lambda options, output: (),
        lambda result: [figure],
        (tool.Topic("Squares of numbers", "What they are.", "squares"),),
    )
    Result("squares_3", "Three squares", "exact", ({"n_squared": 4},), {}).save(
        tmp_path / "theory"
    )
    assert not geometry.write(tmp_path / "theory", tmp_path / "report")
    monkeypatch.setattr(registry, "TOOLS", (*registry.TOOLS, mine))
    assert geometry.write(tmp_path / "theory", tmp_path / "report")
    page = (tmp_path / "report" / geometry.PAGE).read_text()
    for text in ("<h2>Squares of numbers", "Three squares", "Numbers drawn.", "exact"):
        assert text in page
    assert "n squared" in page and "<td>4</td>" in page
