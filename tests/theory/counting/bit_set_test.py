"""Exact counts against Python sets that are folded query by query."""

import dataclasses

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games.set_games import SetGame
from set_contrastive.theory.counting import bit_set
from set_contrastive.theory.counting import pairs


def single_pairs(game):
    """Key sets of all queries of one pair, from the game's own answers."""
    one = game.with_pairs(1)
    masks = one.answer(one.population())
    return {frozenset(np.flatnonzero(mask).tolist()) for mask in masks}


def brute_force(game, operators, most):
    """Numbers of non-empty subsets with 1 to `most` pairs, folded as sets."""
    singles = single_pairs(game)
    reached, counts = set(singles), []
    for pair in range(1, most + 1):
        if pair > 1:
            reached = {op(s, m) for s in reached for m in singles for op in operators}
        counts.append(len(reached - {frozenset()}))
    return counts


def counted(game, most):
    fold = dataclasses.replace(pairs.of_game(game), num_pairs=most)
    return list(bit_set.counts(fold))


OR, XOR = frozenset.union, frozenset.symmetric_difference


@pytest.mark.parametrize("num_attributes", [1, 2])
@pytest.mark.parametrize("wildcards", ["none", "second", "both"])
@pytest.mark.parametrize("operators", [(OR,), (OR, XOR)])
def test_small_decks(num_attributes, wildcards, operators):
    game = SetGame(
        "small",
        num_attributes=num_attributes,
        num_pairs=5,
        wildcards=wildcards,
        symmetric_difference=XOR in operators,
    )
    assert counted(game, 5) == brute_force(game, operators, 5)


def test_union_27():
    found = counted(registry.get("union_27"), 3)
    assert found[:2] == [64, 1801]
    assert found == brute_force(registry.get("union_27"), (OR,), 3)


def test_symdiff_27():
    found = counted(registry.get("symdiff_27"), 2)
    assert found == brute_force(registry.get("symdiff_27"), (OR, XOR), 2)


def test_counts_are_those_of_all_queries():
    # Every query of a game that lists them, without folding by hand.
    game = SetGame(
        "tiny",
        num_attributes=1,
        num_pairs=2,
        wildcards="second",
        symmetric_difference=True,
    )
    answers = {tuple(mask) for mask in game.answer(game.population()).tolist()}
    assert counted(game, 2)[-1] == len(answers)


@hypothesis.settings(max_examples=80, deadline=None)
@hypothesis.given(data=st.data(), num_keys=st.integers(1, 11))
def test_steps_of_any_masks(data, num_keys):
    subset = st.integers(0, 2**num_keys - 1)
    subsets = data.draw(st.sets(subset, min_size=1, max_size=40))
    mask = data.draw(subset)
    reached = bit_set.of_subsets(tuple(subsets), num_keys)
    for add, fold in (
        (bit_set.add_unions, int.__or__),
        (bit_set.add_differences, int.__xor__),
    ):
        out = bit_set.of_subsets((5 % 2**num_keys,), num_keys)
        add(reached, mask, out)
        expected = {fold(s, mask) for s in subsets} | {5 % 2**num_keys}
        bits = np.unpackbits(out.view(np.uint8), bitorder="little")
        assert set(np.flatnonzero(bits).tolist()) == expected
        assert bit_set.size(out) == len(expected - {0})


def test_too_many_keys_are_refused():
    with pytest.raises(UserError, match=r"at most 27 keys .* got 81 keys"):
        next(bit_set.sets(pairs.of_game(registry.get("union_81"))))
