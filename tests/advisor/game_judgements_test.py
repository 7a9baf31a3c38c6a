"""Tests of judgements by the rules of a game."""

import numpy as np
import pytest

from set_contrastive.advisor import judgement_files
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games import splits
from tests.advisor.judgement_triples import triples


@pytest.mark.parametrize("name", ["set_27", "wildcard_27", "union_27", "shatter_27"])
def test_a_game(name):
    game = registry.get(name)
    judgements = judgement_files.of_game(game, 50, splits.SEEDS["test"], 1.0)
    queries = game.population()
    if queries is None:
        queries = splits.draw_queries(game, 50)
        assert len(judgements.query_ids) == 50
    expected = set()
    for query in queries:
        matches = game.answer(query[None])[0]
        for key in range(27):
            if matches[key]:
                expected.add((game.format(query), game.keys[key], 1.0))
    assert triples(judgements) == expected
    left_out = len(queries) - len(judgements.query_ids)
    assert judgements.queries_left_out == left_out
    for text in judgements.query_ids[:5]:
        assert game.answer(game.parse(text)[None]).any()


class _FirstUnanswered(type(registry.get("set_27"))):
    def answer(self, queries):
        found = super().answer(queries)
        return found & (queries != self.population()[0]).any(axis=1)[:, None]


def test_a_query_of_a_game_that_matches_nothing_is_counted():
    judgements = judgement_files.of_game(_FirstUnanswered("set_27"), 1, 0, 1.0)
    assert (judgements.queries_left_out, len(judgements.query_ids)) == (1, 728)


class _SameTexts(type(registry.get("set_27"))):
    def format(self, query):
        return "same"


def test_a_game_whose_texts_are_not_distinct():
    game = _SameTexts("set_27")
    with pytest.raises(UserError, match="distinct texts to its queries, 729 have 1"):
        judgement_files.of_game(game, 1, 0, 1.0)


def test_a_game_drawn_with_another_seed_has_other_queries():
    game = registry.get("union_27")
    first, second = (judgement_files.of_game(game, 20, s, 1.0) for s in (1, 2))
    assert first.query_ids != second.query_ids
    with pytest.raises(UserError, match="num_queries must be at least 1"):
        judgement_files.of_game(game, 0, 1, 1.0)
    with pytest.raises(UserError, match="hold a relevant pair"):
        judgement_files.of_game(game, 5, 1, 2.0)
    assert np.all(first.grade == 1)
