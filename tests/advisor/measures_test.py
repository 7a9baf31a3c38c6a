import math

import ir_measures
import numpy as np
import pytest

from set_contrastive.advisor import measures
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.base.errors import UserError

RANKINGS = {
    "a": {"x": 3.0, "other": 2.0, "y": 1.0},
    "b": {"other": 3.0, "z": 2.0, "x": 1.0},
}


@pytest.fixture
def judgements():
    return Judgements.of_pairs(["a", "a", "b", "b"], ["x", "y", "z", "x"], [1, 2, 1, 0])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("R@1", [0.5, 0.0]),
        ("recall@2", [0.5, 1.0]),
        ("P@2", [0.5, 0.5]),
        ("RR@10", [1.0, 0.5]),
        ("mrr@10", [1.0, 0.5]),
        ("AP", [(1 + 2 / 3) / 2, 0.5]),
        # Gains 1 at place 1 and 2 at place 3, against 2 and 1 in the best order.
        ("nDCG@10", [(1 + 2 / 2) / (2 + 1 / math.log2(3)), 1 / math.log2(3)]),
    ],
)
def test_values_by_hand(judgements, name, values):
    found = measures.parse(name).of(judgements, RANKINGS)
    np.testing.assert_allclose(found, values, atol=1e-6)


@pytest.mark.parametrize("name", ["R@10", "nDCG@10", "RR@10", "AP@100", "P@5", "Rprec"])
def test_values_are_those_of_ir_measures(name):
    rng = np.random.default_rng(0)
    rows = [(f"q{i}", f"d{j}") for i in range(30) for j in rng.permutation(80)[:9]]
    grades = rng.integers(-1, 4, len(rows))
    judgements = Judgements.of_pairs(*zip(*rows, strict=True), grades)
    rankings = {
        f"q{i}": {f"d{j}": float(rng.random()) for j in range(80)} for i in range(30)
    }
    measure = measures.parse(name)
    found = measure.of(judgements, rankings)
    qrels = [
        ir_measures.Qrel(q, d, int(grade))
        for (q, d), grade in zip(rows, grades, strict=True)
        if q in judgements.query_ids
    ]
    run = [
        ir_measures.ScoredDoc(q, d, score)
        for q, scores in rankings.items()
        for d, score in scores.items()
    ]
    parsed = ir_measures.parse_measure(name)
    wanted = {m.query_id: m.value for m in ir_measures.iter_calc([parsed], qrels, run)}
    assert measure.name == name
    np.testing.assert_allclose(
        found, [wanted[q] for q in judgements.query_ids], atol=1e-6
    )


def test_a_query_without_ranking_has_nothing(judgements):
    found = measures.parse("R@10").of(judgements, {"a": RANKINGS["a"]})
    assert found.tolist() == [1.0, 0.0]


def test_min_relevance_is_what_counts_as_relevant():
    judgements = Judgements.of_pairs(["a", "a"], ["x", "y"], [1, 2], 2.0)
    found = measures.parse("R@1", 2.0).of(judgements, {"a": {"x": 2.0, "y": 1.0}})
    assert found.tolist() == [0.0]


def test_grades_that_are_no_whole_numbers_are_relevant_or_not():
    judgements = Judgements.of_pairs(["a", "a"], ["x", "y"], [0.4, 0.6], 0.5)
    ranking = {"a": {"x": 2.0, "y": 1.0}}
    assert measures.parse("R@1", 0.5).of(judgements, ranking).tolist() == [0.0]
    assert measures.parse("R@2", 0.5).of(judgements, ranking).tolist() == [1.0]


@pytest.mark.parametrize("name", ["bogus", "R@x", "R@0", "", "nDCG@-1"])
def test_unknown_measures_are_told(name):
    with pytest.raises(UserError, match="measure must"):
        measures.parse(name)


def test_a_measure_that_nothing_here_computes_is_told():
    with pytest.raises(UserError, match="not installed"):
        measures.parse("RBP")


@pytest.mark.parametrize("name", ["NumRet", "NumRelRet", "NumQ", "SetF", "SetR"])
def test_what_says_nothing_of_an_order_is_told(name):
    with pytest.raises(UserError, match=f"measure must tell .* got '{name}', which"):
        measures.parse(name)


@pytest.mark.parametrize("name", ["ERR@10", "nDCG(dcg='exp-log2')@10"])
def test_a_measure_that_fails_on_these_judgements_is_told(judgements, name, capfd):
    measure = measures.parse(name)
    with pytest.raises(UserError, match=r"measure (ERR|nDCG).* CalledProcessError"):
        measures.check(measure, judgements)
    assert not capfd.readouterr().err  # What perl says of it.
    numbered = Judgements.of_pairs(["1", "1"], ["x", "y"], [1, 2])
    measures.check(measure, numbered)
    measures.check(measures.parse("R@10"), judgements)


def test_depth_is_enough_for_the_cutoff():
    assert measures.parse("R@500").depth == 500
    assert measures.parse("R@10").depth >= 10
    assert measures.parse("AP").depth == 1000


def test_a_measure_that_is_asked_for_twice_is_told_twice(judgements):
    twice = [measures.parse("nDCG@10"), measures.parse("ndcg@10")]
    found = measures.Evaluator(twice, judgements)(RANKINGS)
    assert found.shape == (2, 2)
    assert (found[0] == found[1]).all()
    assert found[0, 1] == pytest.approx(1 / math.log2(3), abs=1e-6)
