"""Tests of the figures of an advice: what is drawn, where, and what stays."""

import pytest
from matplotlib import pyplot

from set_contrastive.reporting import advice_causes
from set_contrastive.reporting import advice_several
from tests.reporting.known_advice import full_advice
from tests.reporting.known_advice import with_several
from tests.reporting.known_advice import without_vectors
from tests.reporting.parsed_page import FIGURES
from tests.reporting.parsed_page import without_spaces
from tests.reporting.parsed_page import write


def test_several_vectors_stand_beside_one_of_as_many_floats(full_page, tmp_path):
    page, _ = write(with_several(), tmp_path)
    assert page.table("floats a document") == [
        "8,4,2,0.500,,0.400 to 0.500,0.800,0.250,,2".split(","),
        # One vector of 32 dimensions reaches 0.613 and 0.713.
        "32,2,16,0.900,0.713,0.800 to 0.900,0.800,0.250,0.321,2".split(","),
        "32,4,8,0.950,0.713,0.850 to 0.950,0.800,0.250,0.321,2".split(","),
    ]
    words = without_spaces(page.words)
    assert "so each is a lower bound of what so many floats can reach" in words
    assert "the least KL an upper bound of the least there is" in words
    assert "fitted to the very queries that are measured" in words
    assert {path.stem for path in tmp_path.glob("*.png")} == FIGURES | {"several"}
    # What is said of one vector stays as it is.
    one = ("objective", "d", "R@2")
    assert page.table(*one) == full_page[0].table(*one)
    page, _ = write(full_advice(), tmp_path)
    assert {path.stem for path in tmp_path.glob("*.png")} == FIGURES
    assert "MaxSim" not in page.words


def test_lines_of_several_vectors_are_drawn_where_they_are():
    drawn = advice_several.figure(with_several()["reached"], "R@2")
    figure = pyplot.figure(figsize=drawn.size, layout="constrained")
    drawn.draw(figure)
    (axes,) = figure.axes
    lines = {
        line.get_label(): line.get_xydata().ravel().round(6).tolist()
        for line in axes.lines
    }
    pyplot.close(figure)
    assert lines == {
        "one vector, best objective": [2, 0.263, 32, 0.663, 96, 0.851],
        "2 vectors, MaxSim": [32, 0.85],
        "4 vectors, MaxSim": [8, 0.45, 32, 0.9],
    }


def test_figures_of_an_earlier_page_do_not_stay(tmp_path):
    (tmp_path / "mine.png").touch()
    write(full_advice(), tmp_path)
    write(without_vectors(), tmp_path)
    left = {path.stem for path in tmp_path.glob("*.png")}
    assert left == {"survives", "reached", "mine"}


def test_the_legend_of_causes_lies_inside_the_figure():
    drawn = advice_causes.causes(full_advice()["causes"], "nDCG@10")
    figure = pyplot.figure(figsize=drawn.size, layout="constrained")
    drawn.draw(figure)
    figure.canvas.draw()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    pyplot.close(figure)
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1


@pytest.mark.parametrize("dims", [[7], [*range(1, 41)]])
def test_one_dimension_and_many_can_be_drawn(dims, tmp_path):
    advice = full_advice()
    for name in ("causes", "reached", "robust"):
        advice[name] = [advice[name][0] | {"dim": dim} for dim in dims]
    advice["yours"] = [
        advice["yours"][0] | {"dim": dim, "bytes_per_document": 4 * dim} for dim in dims
    ]
    page, _ = write(advice, tmp_path)
    assert len(page.table("d", "a: yours")) == len(dims)
    assert {path.stem for path in tmp_path.glob("*.png")} == FIGURES
