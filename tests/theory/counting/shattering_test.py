"""Shattered keys against a check of every pattern."""

import itertools

import hypothesis
import numpy as np
from hypothesis import strategies as st

from set_contrastive.theory.counting import bit_set
from set_contrastive.theory.counting import shattering


def is_shattered(subsets, keys):
    patterns = {tuple(s >> k & 1 for k in keys) for s in subsets}
    return len(patterns) == 2 ** len(keys)


@hypothesis.settings(max_examples=80, deadline=None)
@hypothesis.given(data=st.data(), num_keys=st.integers(1, 8))
def test_found_keys_are_shattered(data, num_keys):
    subset = st.integers(0, 2**num_keys - 1)
    subsets = data.draw(st.sets(subset, min_size=1, max_size=200))
    reached = bit_set.of_subsets(tuple(subsets), num_keys)
    asked = shattering.membership(reached, num_keys)
    assert set(np.flatnonzero(asked).tolist()) == subsets
    keys = shattering.shattered_keys(asked)
    assert is_shattered(subsets, keys)
    largest = max(
        size
        for size in range(num_keys + 1)
        for some in itertools.combinations(range(num_keys), size)
        if is_shattered(subsets, some)
    )
    assert len(keys) <= largest


def test_all_subsets_shatter_all_keys():
    assert shattering.shattered_keys(np.ones(32, np.bool_)) == (0, 1, 2, 3, 4)


def test_subsets_of_at_most_two_keys_shatter_two():
    asked = np.array([s.bit_count() <= 2 for s in range(2**6)])
    assert len(shattering.shattered_keys(asked)) == 2
