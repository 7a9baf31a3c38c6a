"""The unbiased estimate against tuples that are all listed."""

import collections
import dataclasses
import functools
import itertools

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games.set_games import SetGame
from set_contrastive.theory.counting import multiplicity
from set_contrastive.theory.counting import pairs

SMALL = pairs.of_game(
    SetGame("small", num_attributes=2, num_pairs=4, wildcards="second")
)
NO_LIMIT = 10**9


@functools.cache
def unions(num_pairs):
    """How many tuples of masks have each union, by listing them."""
    tuples = itertools.product(SMALL.masks, repeat=num_pairs)
    return collections.Counter(functools.reduce(int.__or__, t) for t in tuples)


@pytest.mark.parametrize("num_pairs", [1, 2, 3, 4])
def test_tuples_of_every_union(num_pairs):
    for subset, count in unions(num_pairs).items():
        found = multiplicity.covering_tuples(subset, SMALL.masks, num_pairs, NO_LIMIT)
        assert found == (count, True)


def test_a_subset_out_of_reach_has_no_tuples():
    five_single_keys = 0b10_001_100 | 0b1 | 0b100_000_000
    assert five_single_keys not in unions(2)
    found = multiplicity.covering_tuples(five_single_keys, SMALL.masks, 2, NO_LIMIT)
    assert found == (0, True)


@pytest.mark.parametrize("limit", [1, 2, 5, 20])
def test_a_search_cut_off_is_a_lower_bound(limit):
    cut = 0
    for subset, count in unions(4).items():
        found, complete = multiplicity.covering_tuples(subset, SMALL.masks, 4, limit)
        assert found <= count
        assert complete <= (found == count)
        cut += not complete
    assert cut


@pytest.mark.parametrize(("num_pairs", "truth"), [(1, 64), (2, 1801), (3, 28666)])
def test_union_27_where_the_truth_is_known(num_pairs, truth):
    fold = dataclasses.replace(
        pairs.of_game(registry.get("union_27")), num_pairs=num_pairs
    )
    found = multiplicity.estimate(fold, seed=0, num_samples=1000)
    assert found.low <= truth <= found.high
    assert found.value == pytest.approx(truth, rel=0.15)
    assert (found.num_samples, found.num_cut) == (1000, 0)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    fold = dataclasses.replace(SMALL, num_pairs=3)
    truth, runs = len(unions(3)), 200
    found = [multiplicity.estimate(fold, seed, num_samples=100) for seed in range(runs)]
    covered = sum(one.low <= truth <= one.high for one in found) / runs
    assert 0.88 <= covered <= 0.99
    mean = sum(one.value for one in found) / runs
    assert mean == pytest.approx(truth, rel=0.03)


def test_cut_searches_widen_the_interval():
    whole = multiplicity.estimate(SMALL, 0, 300)
    cut = multiplicity.estimate(SMALL, 0, 300, limit=3)
    assert cut.num_cut > whole.num_cut == 0
    truth = len(unions(4))
    assert cut.low < whole.low <= truth <= whole.high < cut.high


@pytest.mark.parametrize("name", ["symdiff_27", "wildcard_27"])
def test_games_that_it_does_not_fit(name):
    with pytest.raises(UserError, match="needs a game of unions"):
        multiplicity.estimate(pairs.of_game(registry.get(name)), 0, 10)
