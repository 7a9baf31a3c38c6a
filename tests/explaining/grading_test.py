"""Grades of scorers whose best pairs are known."""

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.explaining import grading
from set_contrastive.explaining.explain_config import ExplainConfig
from set_contrastive.games import registry
from tests import set_rules
from tests.explaining import planted


def config(**fields):
    return ExplainConfig(workdir=("run",), grade=True, num_queries=120, **fields)


@pytest.mark.parametrize(("sign", "share"), [(1.0, 1.0), (-1.0, 0.0)])
def test_a_scorer_that_counts_the_covering_pairs(sign, share):
    (row,) = grading.grade([planted.told_by_the_game(sign)], config()).rows
    # All eight pairs cover a key in fewer than one of 10^7 queries.
    assert row["best_pair_true"] == share and row["standard_error"] == 0.0
    assert row["oracle"] == 1.0 and row["queries"] == 120


def test_chance_is_the_share_of_true_pairs_by_python_sets():
    game = registry.get("union_27")
    queries, keys = grading.draw(game, 120, 4)
    true = [
        game.keys[key] in subset
        for query, key in zip(queries, keys, strict=True)
        for _, subset in set_rules.parts_of(game.format(query))
    ]
    (row,) = grading.grade([planted.told_by_the_game()], config()).rows
    assert row["chance"] == pytest.approx(np.mean(true))


def test_keys_are_drawn_from_the_subset_and_by_the_seed():
    game = registry.get("symdiff_27")
    queries, keys = grading.draw(game, 500, 4)
    mask = game.answer(queries)
    assert mask[np.arange(500), keys].all()
    assert len({query.tobytes() for query in queries}) == 500
    # Uniformly: the place within the subset is half-way on average.
    places = (mask.cumsum(axis=1)[np.arange(500), keys] - 0.5) / mask.sum(axis=1)
    assert places.mean() == pytest.approx(0.5, abs=0.05)
    again, _ = grading.draw(game, 500, 4)
    np.testing.assert_array_equal(again, queries)
    other, _ = grading.draw(game, 500, 5)
    assert (other != queries).any()


def test_games_of_one_pair_are_refused():
    model, _ = planted.linear("set_27")
    with pytest.raises(UserError, match="two or more pairs.*got set_27"):
        grading.grade([planted.subject(model, "set_27")], config())
