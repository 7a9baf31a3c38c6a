"""Tests of what is known of vectors that rank by grade."""

import dataclasses
import itertools

import numpy as np
import pytest

from set_contrastive.advisor import grades
from set_contrastive.advisor import measures
from set_contrastive.advisor import pipeline
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.free_vectors import moment_curve


def _judged(grade, min_relevance=1.0):
    query, document = np.nonzero(grade)
    return Judgements.of_pairs(
        [f"q{i}" for i in query],
        [f"d{j}" for j in document],
        grade[query, document],
        min_relevance,
    )


def _on_moment_curve(grade, k):
    """Vectors of `2 k` dimensions that score at most k documents by their grades."""
    count = grade.shape[1]
    keys = moment_curve.curve(count, k)
    # With a constant, the values of trigonometric polynomials of degree k at the keys.
    basis = np.hstack([np.ones((count, 1)), keys])
    angles = 2 * np.pi * np.arange(count) / count
    rows = []
    for of_query in grade:
        places = np.flatnonzero(of_query)
        p = (1 - np.cos(angles[:, None] - angles[places])).prod(axis=1)
        minus_p = np.linalg.lstsq(basis, -p, rcond=None)[0]
        assert basis @ minus_p == pytest.approx(-p, abs=1e-9)
        r = np.linalg.lstsq(basis[places], of_query[places], rcond=None)[0]
        assert basis[places] @ r == pytest.approx(of_query[places])
        others = np.delete(p, places)
        eps = others.min() / (4 * np.abs(basis @ r).max())
        rows.append((minus_p + eps * r)[1:])  # The constant moves all scores alike.
    return np.array(rows), keys


@pytest.mark.parametrize("name", ["nDCG@10", "R(rel=2)@1", "R(rel=3)@2"])
def test_vectors_of_the_moment_curve_rank_by_grade(name):
    # Every order of the grades 1 to 3, on every 3 of 8 documents.
    rows = []
    for places in itertools.combinations(range(8), 3):
        for order in itertools.permutations([1, 2, 3]):
            rows.append(np.zeros(8))
            rows[-1][list(places)] = order
    grade = np.array(rows)
    judgements, measure = _judged(grade), measures.parse(name)
    dim = grades.sufficient_dim(judgements, measure, 8)
    assert dim == 6 < 7 < len(grade)
    queries, documents = _on_moment_curve(grade, 3)
    assert queries.shape[1] == documents.shape[1] == dim
    rankings = {
        f"q{i}": {f"d{j}": score for j, score in enumerate(row)}
        for i, row in enumerate(queries @ documents.T)
    }
    best = {
        f"q{i}": {f"d{j}": score for j, score in enumerate(row)}
        for i, row in enumerate(grade)
    }
    found = measure.of(judgements, rankings)
    assert found == pytest.approx(measure.of(judgements, best), abs=1e-9)
    assert found.min() > 0.4


def test_the_least_of_three_constructions():
    grade = np.zeros((4, 9))
    grade[:, :6] = [1, 2, 1, 1, 1, 1]
    measure = measures.parse("nDCG@10")
    assert grades.sufficient_dim(_judged(grade), measure, 9) == 4  # Queries.
    grade = np.tile(grade, (5, 1))
    assert grades.sufficient_dim(_judged(grade), measure, 9) == 8  # Documents but one.
    assert grades.sufficient_dim(_judged(grade), measure, 50) == 12  # The curve.
    # A grade that is not relevant has its gain all the same.
    judgements = _judged(grade, 2.0)
    assert grades.sufficient_dim(judgements, measure, 50) == 12


@pytest.mark.parametrize(
    ("name", "least", "is_graded"),
    [
        ("nDCG@10", 1.0, True),
        ("nDCG@1", 1.0, True),
        ("R@10", 1.0, False),
        ("AP", 2.0, False),
        ("R(rel=2)@1", 1.0, True),
        ("R(rel=2)@1", 2.0, False),
        ("nDCG@10", 3.0, True),
    ],
)
def test_which_measures_tell_grades_apart(name, least, is_graded):
    grade = np.array([[3, 1, 2, 0], [0, 1, 1, 3]])
    judgements = _judged(grade, least)
    measure = measures.parse(name, least)
    assert (grades.sufficient_dim(judgements, measure, 9) is not None) is is_graded
    equal = _judged(np.minimum(grade, 1))
    assert grades.sufficient_dim(equal, measures.parse("nDCG@10"), 9) is None


def test_geometry_is_not_blamed_where_vectors_exist(graded_files, tmp_path):
    config = graded_files[0]  # Grades 1 to 3, 3 of them to a query.
    output = str(tmp_path / "advice")
    advice = pipeline.advise(config, output=output, measure="nDCG@10", dims=(2, 6))
    below, at, full = advice.causes
    assert not below["geometry_told"]
    assert below["all_free"] < below["best_possible"]
    for row in (at, full):
        assert row["geometry_told"]
        assert row["all_free"] == row["best_possible"] == pytest.approx(1)
    assert max(r["value"] for r in advice.reached if r["dim"] == 6) < 0.99
    assert advice.verdict != "geometry"
    assert "the dimension nothing" in "".join(advice.lines())

    text = " ".join(_at_two(advice).lines())
    said = "not to grades: the 0.350 that they miss may be training's, not the"
    assert said in " ".join(text.split())


def _at_two(advice):
    """The advice as it would be of two dimensions, in which grades are not known."""
    row = advice.causes[0] | {"best_possible": 1.0, "all_free": 0.65}
    return dataclasses.replace(advice, causes=[row])
