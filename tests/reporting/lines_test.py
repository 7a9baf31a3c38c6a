"""Figures over factors, on cells whose numbers are known by hand."""

import dataclasses
import json

import numpy as np
import pytest
from matplotlib import pyplot

from set_contrastive.base import whole_files
from set_contrastive.reporting import lines
from set_contrastive.reporting import results
from set_contrastive.reporting import table
from set_contrastive.runs import run_folder
from set_contrastive.studies import measures
from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid
from set_contrastive.studies.views import Curves
from set_contrastive.studies.views import Lines

_SHARED = {"game": ("set_27", "union_27"), "vector_dim": (4, 16)}
ASKED = study.Study(
    "asked",
    "Which loss?",
    (
        Grid({**_SHARED, "model": ("two_tower",), "objective": ("infonce", "margin")}),
        Grid({"game": _SHARED["game"], "model": ("cross_encoder",)}),
    ),
    measures=("steps_to_kl",),
)
_GAME_KL = {"set_27": 0.0, "union_27": 1.0}


def _kl(cell):
    """A number that tells game, objective, dimension and seed."""
    config = cell.config
    kl = _GAME_KL[config.game] + 0.5 * (config.objective == "margin")
    return kl + 0.01 * config.model.vector_dim + 0.002 * config.seed


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Two seeds of all cells, but for one of the cross-encoder's."""
    folder = tmp_path_factory.mktemp("asked")
    cells = ASKED.all_cells("", 2)
    for cell in cells[:-1]:
        path = folder / cell.name
        path.mkdir(parents=True)
        whole_files.write_json(path / run_folder.CONFIG, cell.config.to_dict())
        measures = {"split": "test", "step": cell.config.steps, "kl_nats": _kl(cell)}
        measures |= {"top_k_overlap": 0.5, "train_seconds": 1.0, "num_params": 7}
        whole_files.write_json(path / run_folder.METRICS, measures)
        for step, kl in ((100, 0.5), (200, 0.004 if cell.config.seed else 0.5)):
            row = {"step": step, "kl_nats": kl}
            run_folder.append_to_curve(path / run_folder.CURVE, row)
    read = [results._read(cell, folder, ASKED) for cell in cells]
    return results.Results(ASKED, 2, tuple(read))


def _drawn(figure):
    """Returns the axes of a figure, by title."""
    found = pyplot.figure()
    figure.draw(found)
    return {axes.get_title(): axes for axes in found.axes}


def test_a_line_is_the_mean_over_the_seeds_with_their_spread(swept):
    view = Lines(
        "kl",
        "KL.",
        x="vector_dim",
        line=("objective",),
        where={"model": ("two_tower",)},
    )
    panels = _drawn(lines.against_factor(swept, view, {}))
    assert list(panels) == ["set_27", "union_27"]
    infonce, margin = panels["union_27"].containers
    assert (infonce.get_label(), margin.get_label()) == (
        "infonce",
        "margin",
    )
    line, _, (spread,) = margin.lines
    assert list(line.get_xdata()) == [4, 16]
    assert list(line.get_ydata()) == pytest.approx([1.541, 1.661])
    # The standard deviation of two numbers that differ by 0.002.
    (low, high), _ = ([y for _, y in segment] for segment in spread.get_segments())
    assert high - low == pytest.approx(2 * 0.002 / np.sqrt(2))
    assert panels["set_27"].get_yscale() == "log"


def test_a_share_is_drawn_without_a_spread(swept, monkeypatch):
    share = dataclasses.replace(measures.MEASURES["kl_nats"], share=True)
    monkeypatch.setitem(measures.MEASURES, "kl_nats", share)
    view = Lines("kl", "KL.", x="vector_dim", line=("objective",))
    for axes in _drawn(lines.against_factor(swept, view, {})).values():
        for container in axes.containers:
            (spread,) = container.lines[2]
            for (_, low), (_, high) in spread.get_segments():
                assert low == high


def test_what_has_no_place_is_a_level_line_and_the_least_found_are_marks(swept):
    view = Lines(
        "kl",
        "KL.",
        x="vector_dim",
        line=("model", "objective"),
        level={"model": ("cross_encoder",)},
        least_found=True,
    )
    least = {"union_27": {4: 0.3, 8: 0.2, 16: 5e-4}}
    axes = _drawn(lines.against_factor(swept, view, least))["union_27"]
    by_label = {line.get_label(): line for line in axes.lines}
    marks = by_label["least found, one vector"]
    assert list(marks.get_xdata()) == [4] and list(marks.get_ydata()) == [0.3]
    # Far below all that was measured, where it would press that together.
    arrow = by_label["least found, one vector: below"]
    lowest = min(cell.measure("kl_nats") for cell in swept.finished)
    assert list(arrow.get_xdata()) == [16]
    assert list(arrow.get_ydata()) == pytest.approx([lowest / 5])
    level = by_label["cross_encoder"]
    # One seed of the cross-encoder's two is missing; 27 is its preset's dimension.
    assert list(level.get_ydata()) == pytest.approx([1.27, 1.27])


def test_names_stand_beside_each_other(swept):
    view = Lines("kl", "KL.", x="objective", line=("vector_dim",), panel="model")
    axes = _drawn(lines.against_factor(swept, view, {}))["two_tower"]
    shown = [label.get_text() for label in axes.get_xticklabels()]
    assert shown == ["cross_entropy_support", "infonce", "margin"]
    d4 = axes.containers[0].lines[0]
    # Both games: (0.04 + 1.04) / 2 of infonce, 0.5 more of the margin.
    assert list(d4.get_xdata()) == [1, 2]
    assert list(d4.get_ydata()) == pytest.approx([0.541, 1.041])


def test_curves_are_drawn_against_the_queries_seen(swept):
    view = Curves("curves", "KL.", line=("objective",), x="examples")
    axes = _drawn(lines.curves(swept, view))["set_27"]
    (batch,) = {cell.config.batch_size for cell in swept.cells}
    np.testing.assert_allclose(axes.lines[0].get_xdata(), [100 * batch, 200 * batch])
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [0.5, 0.5])


def test_a_view_of_no_cell_is_left_out(swept):
    where = {"vector_dim": (5,)}
    view = Lines("kl", "KL.", x="vector_dim", line=("objective",), where=where)
    assert lines.against_factor(swept, view, {}) is None
    assert lines.curves(swept, Curves("c", "", ("objective",), where=where)) is None


def test_a_table_has_a_column_for_each_factor_and_measure(swept, tmp_path):
    table.write_csv(tmp_path / "asked.csv", swept)
    head, *rows = (tmp_path / "asked.csv").read_text().splitlines()
    assert head.endswith("train_seconds,objective,steps_to_kl")
    assert [row.rpartition(",")[2] for row in rows[:2]] == ["", ""]
    (second,) = [row for row in rows if row.startswith("set_27,two_tower,4,1,0.042")]
    assert second.endswith("infonce,200")
    assert json.dumps(swept.cells[0].row(ASKED))
