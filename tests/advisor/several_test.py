"""Tests of training several free vectors of a document, by loops."""

import itertools

import numpy as np
import pytest

from set_contrastive.advisor import cells
from set_contrastive.advisor import inputs as inputs_lib
from set_contrastive.advisor import reached
from set_contrastive.advisor import several
from set_contrastive.advisor.cells import Cell
from set_contrastive.free_vectors import max_sim
from tests.advisor.relations import config_of
from tests.advisor.relations import drawn_mask


def _scores_by_loops(rows, columns):
    scores = []
    for query in rows.tolist():
        of_query = []
        for vectors in columns.tolist():
            products = [
                sum(a * b for a, b in zip(query, vector, strict=True))
                for vector in vectors
            ]
            of_query.append(max(products))
        scores.append(of_query)
    return scores


def _retrieved_by_loops(scores, mask):
    """Whether each query's relevant documents are all above all others."""
    found = []
    for row, inside in zip(scores, mask.tolist(), strict=True):
        worst = min(s for s, is_in in zip(row, inside, strict=True) if is_in)
        best = max(s for s, is_in in zip(row, inside, strict=True) if not is_in)
        found.append(worst > best)
    return found


def test_scores_are_those_of_loops():
    rng = np.random.default_rng(0)
    rows, columns = rng.standard_normal((5, 3)), rng.standard_normal((4, 2, 3))
    found = several.Vectors(rows, columns).scores()
    assert found == pytest.approx(np.array(_scores_by_loops(rows, columns)))


def test_the_witness_of_two_dimensions_has_the_measure_of_all(tmp_path):
    mask = drawn_mask()
    part = inputs_lib.load(config_of(tmp_path, mask)).trained
    assert len(part.mask) == len(mask)
    witness = several.Vectors(*max_sim.witness(part.mask))
    assert witness.rows.shape[1] == 2
    value, ndcg = part.measure(witness.scores())
    assert value.tolist() == ndcg.tolist() == [1.0] * len(mask)


def test_two_vectors_of_one_dimension_reach_what_one_cannot():
    # One dimension has an order and its reverse, and no document is in the first half
    # of both; the largest and the least of two numbers have an order each.
    mask = np.array([[1, 1, 0, 0], [1, 0, 1, 0]], bool)
    weights = np.ones(2)
    for objective, seed in itertools.product(reached.OBJECTIVES, range(3)):
        witness = reached.train(mask, weights, objective, 1, seed)
        assert reached.summary(witness, mask, weights)["retrieved"] < 1
    found = [several.train(mask, weights, 2, 1, seed) for seed in range(4)]
    assert any(
        all(_retrieved_by_loops(_scores_by_loops(f.rows, f.columns), mask))
        for f in found
    )


def test_two_vectors_of_two_dimensions_reach_what_one_cannot():
    # Of four points in a plane one lies among the other three, or the line between two
    # meets that between the others (Radon 1921): so one or two cannot be cut off.
    subsets = [s for size in (1, 2) for s in itertools.combinations(range(4), size)]
    mask = np.array([[j in subset for j in range(4)] for subset in subsets])
    weights = np.ones(len(mask))
    for objective in reached.OBJECTIVES:
        witness = reached.train(mask, weights, objective, 2, 0)
        assert reached.summary(witness, mask, weights)["retrieved"] < 1
    found = [several.train(mask, weights, 2, 2, seed) for seed in range(4)]
    assert any(
        all(_retrieved_by_loops(_scores_by_loops(f.rows, f.columns), mask))
        for f in found
    )


def test_a_cell_has_the_values_of_loops(tmp_path):
    mask = drawn_mask(rows=10)
    config = config_of(tmp_path, mask, vectors_per_document=(2,))
    cell = Cell("several", (2, 2, 1))
    store = cells.store_of(config)
    store.open(inputs_lib.fingerprint(config))
    cells.run(cells.Task(config, cell))
    found = store.get(cell.name)
    part = inputs_lib.load(config).trained
    vectors = several.train(part.mask, part.reduced.weights, 2, 2, 1)
    hits, kls = [], []
    scores = _scores_by_loops(vectors.rows, vectors.columns)
    for row, inside in zip(scores, part.mask.tolist(), strict=True):
        ranked = sorted(range(len(row)), key=lambda place: -row[place])
        hits.append(sum(inside[place] for place in ranked[:2]) / 2)
        total = np.log(np.exp(np.array(row)).sum())
        of = [s - total for s, is_in in zip(row, inside, strict=True) if is_in]
        kls.append(-np.log(2) - sum(of) / 2)
    assert found["value"] == pytest.approx(sum(hits) / len(hits))
    # That of the best temperature is no more than that of the trained one.
    assert 0 <= found["kl_nats"] <= sum(kls) / len(kls) + 1e-6
    names = {"objective": "max_sim", "dim": 2, "seed": 1, "vectors_per_document": 2}
    assert {name: found[name] for name in names} == names


def test_a_mean_kl_below_the_least_of_a_miss_retrieves_all():
    rng = np.random.default_rng(0)
    mask = drawn_mask()
    shares = rng.dirichlet(np.ones(len(mask)))
    least = several.retrieves_all_below(mask, shares)
    below = 0
    for noise in np.geomspace(0.005, 8, 200):
        scores = 12 * mask + noise * rng.standard_normal(mask.shape)
        kl = 0.0
        for row, inside, share in zip(scores, mask, shares, strict=True):
            chosen = row[inside] - np.log(np.exp(row).sum())
            kl += share * (-np.log(inside.sum()) - chosen.mean())
        if not all(_retrieved_by_loops(scores.tolist(), mask)):
            assert kl >= least
        below += kl < least
    assert 0 < below < 200
    # A tie of a relevant document with another has just that KL.
    one = np.array([[True, False]])
    assert several.retrieves_all_below(one, np.ones(1)) == pytest.approx(np.log(2))


def test_rows_of_all_columns_need_no_training():
    found = several.train(np.ones((3, 4), bool), np.ones(3), 2, 2, 0)
    assert found.scores().tolist() == [[0.0] * 4] * 3
    mask = np.array([[1, 1, 1], [1, 0, 0]], bool)
    found = several.train(mask, np.ones(2), 2, 2, 0)
    assert found.scores()[0].tolist() == [0.0] * 3
    assert _retrieved_by_loops(found.scores()[1:].tolist(), mask[1:]) == [True]


def test_more_vectors_take_fewer_steps_but_some():
    assert several.steps(100, 2) == several.steps(100, 4) == 1000
    assert several.steps(200_000, 4) < several.steps(200_000, 2) < 1000
    assert several.steps(4_000_000, 8) == 200
