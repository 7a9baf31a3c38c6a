"""Tests of what a report reads and works out, on run folders known by hand."""

import dataclasses
import shutil

import numpy as np
import pytest
from matplotlib import pyplot

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry as games
from set_contrastive.reporting import analysis
from set_contrastive.reporting import document
from set_contrastive.reporting import figures
from set_contrastive.reporting import markup
from set_contrastive.reporting import page
from set_contrastive.reporting import results
from set_contrastive.reporting import sections
from set_contrastive.reporting import verdict
from set_contrastive.runs import run_folder
from set_contrastive.studies import cards_27
from set_contrastive.studies import study as study_lib
from tests.reporting.known_cells import write_cell


def test_the_example_is_the_prediction_for_one_query(known_study):
    found = analysis.example(results.collect(known_study), "union_27")
    rules = games.get("union_27")
    (mask,) = rules.answer(rules.parse(found.text)[None])
    size = mask.sum()
    np.testing.assert_allclose(found.truth, mask / size)
    total = size * np.exp(3.0) + (27 - size)
    expected = np.where(mask, np.exp(3.0) / total, 1 / total)
    assert len(found.predictions) == 9
    for prediction in found.predictions.values():
        np.testing.assert_allclose(prediction, expected, rtol=1e-5)


def test_measures_alone_make_a_page_without_the_examples(known_study, tmp_path):
    there = tmp_path / "sent"
    shutil.copytree(known_study, there, ignore=shutil.ignore_patterns("*.npy"))
    document.write(there, tmp_path / "report")
    document.write(known_study, tmp_path / "whole")
    table = (tmp_path / "report" / "cards_27.csv").read_text()
    assert table == (tmp_path / "whole" / "cards_27.csv").read_text()
    drawn = {path.name for path in (tmp_path / "report").glob("*.png")}
    whole = {path.name for path in (tmp_path / "whole").glob("*.png")}
    assert whole - drawn == {"example_set_27.png", "example_union_27.png"}
    assert drawn < whole


def test_entropy_is_averaged_over_queries_not_sizes(known_study):
    found = results.collect(known_study).of("union_27", "two_tower_d4")[0]
    # One query of 4 keys and three of 16.
    assert analysis.mean_entropy_bits(found) == pytest.approx((2.0 + 3 * 6.0) / 4)
    assert analysis.true_entropy_bits(found) == pytest.approx((2.0 + 3 * 4.0) / 4)
    assert analysis.mean_entropy_bits(found, range(10, 21)) == 6.0
    assert np.isnan(analysis.mean_entropy_bits(found, range(5, 7)))


def test_a_curve_is_read_though_the_run_was_killed(known_study, tmp_path):
    found = results.collect(known_study).of("union_27", "two_tower_d4")[0]
    assert [(r["step"], r["kl_nats"]) for r in found.curve()] == [
        (100, 0.9),
        (200, 0.1),
    ]
    path = tmp_path / "curve.jsonl"
    path.write_text('{"step": 10, "kl_nats": 1.0}\n{"step": 20, "kl_')
    assert run_folder.read_curve(path) == [{"step": 10, "kl_nats": 1.0}]
    assert run_folder.read_curve(tmp_path / "absent") == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.3531, "0.353"),
        (0.0995, "0.100"),
        (1.25, "1.250"),
        (0.00225, "0.00225"),
        (0.0000012, "0.000001"),
        (0.0, "0.00000"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_are_written_out(value, text):
    assert markup.number(value) == text


def test_figures_are_the_same_for_the_same_numbers(known_study):
    figure = figures.against_dimension(results.collect(known_study), {})
    assert figure.render(dark=False) == figure.render(dark=False)
    assert figure.render(dark=False) != figure.render(dark=True)


def test_the_least_found_is_a_bar_at_its_dimension(known_study):
    least = {"union_27": {4: 0.3, 16: 0.03, 27: 1e-9, 99: 0.2}}
    figure = figures.against_dimension(results.collect(known_study), least)
    assert "Bars: the least found" in figure.caption
    canvas = pyplot.figure()
    figure.draw(canvas)
    drawn = [line for line in canvas.axes[0].lines if line.get_marker() == "_"]
    bars = [bar for line in drawn for bar in line.get_xydata() if not np.isnan(bar[1])]
    pyplot.close(canvas)
    places = [tick.get_text() for tick in canvas.axes[0].get_xticklabels()]
    assert [(places[int(x)], y) for x, y in bars] == [("4", 0.3), ("16", 0.03)]


def test_seeds_are_drawn_from_the_least_to_the_most(known_study):
    found = results.collect(known_study)
    cells = found.of("union_27", "two_tower_d4")
    seeds = [
        dataclasses.replace(cells[0], measures={**cells[0].measures, "kl_nats": value})
        for value in (1e-9, 0.2, 0.7)
    ]
    others = [cell for cell in found.cells if cell not in cells]
    three = dataclasses.replace(found, seeds=3, cells=(*seeds, *others))
    figure = figures.against_subsets(three, "kl_nats", True)
    assert "from the least to the most" in figure.caption
    one = dataclasses.replace(found, seeds=1)
    assert "least" not in figures.against_subsets(one, "kl_nats", True).caption
    canvas = pyplot.figure()
    figure.draw(canvas)
    (line, _, (bars,)), *_ = canvas.axes[0].containers
    pyplot.close(canvas)
    at = found.study.subsets_log2["union_27"]
    segments = [segment for segment in bars.get_segments() if len(segment)]
    ends = {segment[0, 0]: segment[:, 1] for segment in segments}
    middles = dict(line.get_xydata())
    assert [*ends[at], middles[at]] == pytest.approx([1e-6, 0.7, 0.3])


def test_nothing_to_report_is_one_line(known_study, tmp_path):
    with pytest.raises(UserError, match="holds no study"):
        document.write(tmp_path, tmp_path / "output")
    whole_files.write_json(tmp_path / "study.json", {"study": "cards_27", "seeds": 1})
    with pytest.raises(UserError, match="no finished cell of cards_27"):
        document.write(tmp_path, tmp_path / "output")
    (tmp_path / "study.json").write_text("[]")
    with pytest.raises(UserError, match="corrupt"):
        document.write(tmp_path, tmp_path / "output")
    whole_files.write_json(tmp_path / "study.json", {"study": "gone"})
    with pytest.raises(UserError, match="the study 'gone', which is none of cards_27"):
        document.write(tmp_path, tmp_path / "output")
    assert not (tmp_path / "output").exists()


def test_a_folder_with_another_experiment_is_left_out(known_study, tmp_path):
    cells = cards_27.STUDY.cells("", 0)
    other = dataclasses.replace(cells[0].config, seed=7)
    folder = tmp_path / cells[1].name
    folder.mkdir(parents=True)
    whole_files.write_json(folder / "config.json", other.to_dict())
    whole_files.write_json(tmp_path / "study.json", {"study": "cards_27", "seeds": 1})
    source = known_study / cells[0].name
    shutil.copytree(source, tmp_path / cells[0].name)
    found = {r.cell.name: r.problem for r in results.collect(tmp_path).cells}
    assert found[cells[0].name] == ""
    assert found[cells[1].name] == "holds another experiment"
    assert found[cells[2].name] == "not started"


def test_a_study_of_games_without_pairs_and_references_is_reported(tmp_path):
    cells = [c for c in cards_27.STUDY.cells("", 0) if c.config.game == "set_27"]
    grids = tuple(
        dataclasses.replace(grid, factors={**grid.factors, "game": ("set_27",)})
        for grid in cards_27.STUDY.grids
    )
    plain = study_lib.Study("plain", "Plain?", grids)
    for cell in cells:
        write_cell(tmp_path, cell, 0.1, games.get("set_27").population())
    read = [results._read(cell, tmp_path, plain) for cell in cells]
    collected = results.Results(plain, 1, tuple(read))
    shown = sections.drawn(collected, verdict.judge(collected), {})
    assert [title for title, _, _ in shown] == [
        "How many dimensions",
        "What goes wrong",
    ]
    text = page.render(collected, verdict.judge(collected), shown, "report")
    assert "reference" not in text.replace("Source of the reference", "")
