"""Pairs that are left out, and the true ones, against Python sets."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games import pairs
from set_contrastive.games import registry
from tests import set_rules


def drawn(name, n, seed=0):
    game = registry.get(name)
    queries = game.sample(np.random.default_rng(seed), n)
    keys = np.array([np.flatnonzero(row)[-1] for row in game.answer(queries)])
    return game, queries, keys


@pytest.mark.parametrize("name", ["union_27", "symdiff_27"])
def test_a_pair_is_left_out_with_its_operator(name):
    game, queries, _ = drawn(name, 3)
    for query, left_out in itertools.product(queries, range(8)):
        blocks = ("| " + game.format(query)).split()
        blocks = [blocks[place : place + 3] for place in range(0, 24, 3)]
        del blocks[left_out]
        expected = " ".join(itertools.chain.from_iterable(blocks))[2:]
        others = [pair for pair in range(8) if pair != left_out]
        (found,) = pairs.keep(game.spec, query[None], others)
        assert game.with_pairs(7).format(found) == expected


@pytest.mark.parametrize("name", ["union_27", "union_81"])
def test_in_union_games_the_true_pairs_are_those_that_cover_the_key(name):
    game, queries, keys = drawn(name, 40)
    found = pairs.true_pairs(game, queries, keys)
    if name == "union_81":
        thirds = game.deck.third_card(queries[:, ::2], queries[:, 1::2])
        expected = game.deck.covered_keys[thirds, keys[:, None]]
    else:
        expected = [
            [
                game.keys[key] in subset
                for _, subset in set_rules.parts_of(game.format(query))
            ]
            for query, key in zip(queries, keys, strict=True)
        ]
    np.testing.assert_array_equal(found, expected)
    assert found.any(axis=1).all()


def test_shapley_values_of_symmetric_differences_against_all_orders():
    game = registry.get("symdiff_27").with_pairs(4)
    queries = game.sample(np.random.default_rng(2), 30)
    keys = np.array([np.flatnonzero(row)[0] for row in game.answer(queries)])
    found = pairs.shapley_values(game, queries, keys)
    for query, key, values in zip(queries, keys, found, strict=True):
        parts, name = set_rules.parts_of(game.format(query)), game.keys[key]
        total = [0] * 4
        for order in itertools.permutations(range(4)):
            for place, pair in enumerate(order):
                before, after = sorted(order[:place]), sorted(order[: place + 1])
                total[pair] += (name in set_rules.fold([parts[i] for i in after])) - (
                    name in set_rules.fold([parts[i] for i in before])
                )
        assert values.tolist() == total
        assert values.sum() == 24  # 4! times the match.


@pytest.mark.parametrize(
    ("operators", "shares"),
    [
        ("||", [Fraction(1, 3)] * 3),
        ("^^", [Fraction(1, 3)] * 3),
        ("^|", [Fraction(1, 6), Fraction(1, 6), Fraction(2, 3)]),
    ],
)
def test_three_pairs_that_cover_the_key(operators, shares):
    game = registry.get("symdiff_27").with_pairs(3)
    pair = "red-void-square red-void-square"
    text = f"{pair} {operators[0]} {pair} {operators[1]} {pair}"
    query, key = game.parse(text)[None], np.array([0])
    (found,) = pairs.shapley_values(game, query, key)
    assert [Fraction(int(value), 6) for value in found] == shares
    (true,) = pairs.true_pairs(game, query, key)
    assert true.tolist() == [share == max(shares) for share in shares]


def test_a_key_that_is_not_matched_has_no_true_pair():
    game, queries, _ = drawn("union_27", 20)
    mask = game.answer(queries)
    queries, keys = queries[~mask.all(axis=1)], mask.argmin(axis=1)[~mask.all(axis=1)]
    assert len(queries) > 5
    assert not pairs.true_pairs(game, queries, keys).any()


def test_games_without_pairs_are_refused():
    game, queries, keys = drawn("shatter_27", 1)
    assert pairs.count(game.spec) == 0
    with pytest.raises(UserError, match="1 to 12 pairs, got shatter_27 with none"):
        pairs.true_pairs(game, queries, keys)
