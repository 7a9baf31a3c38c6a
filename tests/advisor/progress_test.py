"""Tests of what a user sees while cells are computed, and of how long they take."""

import pytest

from set_contrastive.advisor import estimates
from set_contrastive.advisor import inputs as inputs_lib
from set_contrastive.advisor import pipeline
from set_contrastive.advisor import progress as progress_lib
from set_contrastive.advisor.advice_config import AdviceConfig
from set_contrastive.advisor.cells import Cell
from set_contrastive.advisor.progress import Progress


class _Clock:
    """Tells the seconds that a test says."""

    def __init__(self):
        self.seconds = 0.0

    def monotonic(self):
        return self.seconds


@pytest.fixture
def clock(monkeypatch):
    found = _Clock()
    monkeypatch.setattr(progress_lib, "time", found)
    return found


def test_a_log_has_a_line_each_minute(clock, capsys):
    progress = Progress(10.0)
    progress.found(4.0)  # By an earlier call, so it tells nothing of the pace.
    for _ in range(6):
        clock.seconds += 25
        progress.computed(1.0)
    progress.close()
    assert capsys.readouterr().err.splitlines() == [
        "advise: 70%, about 75 s left",  # Three cells at 25 s are left.
        "advise: 100%, about 0 s left",
    ]


def test_a_short_call_says_nothing(clock, capsys):
    progress = Progress(2.0)
    clock.seconds += 50
    progress.computed(2.0)
    progress.close()
    assert capsys.readouterr() == ("", "")


def test_a_terminal_has_a_bar_with_the_time_left(clock, capsys, monkeypatch):
    monkeypatch.setattr(progress_lib.sys.stderr, "isatty", lambda: True, raising=False)
    progress = Progress(40.0)
    clock.seconds += 360
    progress.computed(30.0)
    progress.close()
    shown = capsys.readouterr().err
    assert "75%" in shown
    assert "about 2 min left" in shown


def test_everything_has_an_estimate_that_grows_with_it():
    example = inputs_lib.load(inputs_lib.with_defaults(AdviceConfig(seeds=2)))
    cells = pipeline.first_cells(example)
    assert {cell.kind for cell in cells} == {"reached", "yours", "learned"}
    assert all(0 < cell.minutes < 10 for cell in cells)
    for kind in ("yours", "cause"):
        few, many = (Cell(kind, ("pca", dim)) for dim in (8, 256))
        assert estimates.minutes(example, few) < estimates.minutes(example, many)
    few, many = Cell("learned", (8,)), Cell("learned", (256,))
    assert estimates.minutes(example, few) < estimates.minutes(example, many)
    random, pca = Cell("yours", ("random", 8)), Cell("yours", ("pca", 8))
    assert estimates.minutes(example, random) > estimates.minutes(example, pca)
