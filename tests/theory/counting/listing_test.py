"""Listed subsets against the bit set and against Python sets."""

import dataclasses

import pytest

from set_contrastive.games import registry
from set_contrastive.theory.counting import bit_set
from set_contrastive.theory.counting import listing
from set_contrastive.theory.counting import pairs


@pytest.mark.parametrize(("name", "num_pairs"), [("union_27", 3), ("symdiff_27", 2)])
def test_it_counts_as_the_bit_set_does(name, num_pairs):
    fold = dataclasses.replace(pairs.of_game(registry.get(name)), num_pairs=num_pairs)
    assert list(listing.counts(fold)) == list(bit_set.counts(fold))


def test_81_keys():
    fold = dataclasses.replace(pairs.of_game(registry.get("union_81")), num_pairs=2)
    two = {a | b for a in fold.masks for b in fold.masks}
    assert list(listing.counts(fold)) == [256, len(two)]


def test_it_stops_before_there_are_too_many(monkeypatch):
    monkeypatch.setattr(listing, "MAX_ROWS", 64 * 64)
    found = list(listing.counts(pairs.of_game(registry.get("union_27"))))
    assert found == [64, 1801]
