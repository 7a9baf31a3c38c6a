"""Which queries a large training split holds, against Python sets."""

import dataclasses
import hashlib
import itertools

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games import large_splits
from set_contrastive.games import registry
from set_contrastive.games import splits
from set_contrastive.games.large_splits import LargeSplit
from set_contrastive.games.shatter import ShatterGame

# Of the 131,071 queries of shatter_17 10,240 are held out: many draws are left out.
SPLITS = {
    "shatter_17": LargeSplit(ShatterGame(17), 5_000, block_size=2_000, group_size=700),
    "union_27": LargeSplit(registry.get("union_27"), 3_000, 512, 1_024),
    "symdiff_27": LargeSplit(registry.get("symdiff_27"), 3_000, 512, 1_024),
}
# Digests of splits of the usual size of blocks, as they were first drawn.
DIGESTS = {"union_27": "8a6bde1e27e8db4a", "shatter_27": "6ab9dc0b8340ebdb"}


def repeated(split, reverse=False):
    """Runs the first pass as workers do: groups in any order, and rows within them."""
    found = [pair for block in range(split.num_blocks) for pair in split.hashes(block)]
    found += split.held_out_hashes()
    found.sort(key=lambda pair: pair[0], reverse=reverse)
    groups = {
        group: [rows for _, rows in pairs][:: -1 if reverse else 1]
        for group, pairs in itertools.groupby(found, key=lambda pair: pair[0])
    }
    return split.merge(map(large_splits.repeated_draws, groups.values()))


def queries_of(split, num_parts=3):
    """Runs both passes, the second as workers that each have a part of the split."""
    left_out = repeated(split)
    starts = [split.train_size * part // num_parts for part in range(num_parts + 1)]
    found = []
    for start, stop in itertools.pairwise(starts):
        queries = np.concatenate([*split.read(start, stop, left_out)])
        assert len(queries) == stop - start
        found.append(queries)
    return np.concatenate(found)


def expected(split):
    """The distinct draws that are not held out, one by one."""
    held_out = splits.draw_splits(split.game, 1)
    seen = {tuple(q) for name in ("validation", "test") for q in held_out[name]}
    kept = []
    for block in range(split.num_blocks):
        for query in map(tuple, split.draw(block)):
            if query not in seen and len(kept) < split.train_size:
                seen.add(query)
                kept.append(query)
    return np.array(kept, np.int32)


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
def test_a_split_has_the_first_distinct_draws_that_are_not_held_out(split):
    np.testing.assert_array_equal(queries_of(split), expected(split))


def test_parts_of_one_query_each():
    split = dataclasses.replace(SPLITS["shatter_17"], train_size=50, block_size=7)
    np.testing.assert_array_equal(queries_of(split, num_parts=50), expected(split))


def test_many_draws_were_left_out():
    assert len(repeated(SPLITS["shatter_17"])) > 600


def test_no_order_of_the_groups_matters():
    split = SPLITS["shatter_17"]
    assert split.num_groups > 5
    np.testing.assert_array_equal(repeated(split), repeated(split, reverse=True))


def test_blocks_are_drawn_from_streams_of_their_own():
    split = SPLITS["union_27"]
    first, second = split.draw(0), split.draw(1)
    assert not {*map(bytes, first)} & {*map(bytes, second)}
    np.testing.assert_array_equal(first, split.draw(0))


def test_of_draws_with_one_hash_the_first_that_is_not_held_out_stays():
    rows = np.array([[7, 30], [7, 10], [8, 11], [7, 20], [9, -1], [9, 5], [9, 4]])
    found = large_splits.repeated_draws([rows[:3], rows[3:]])
    assert sorted(found) == [4, 5, 20, 30]


@pytest.mark.parametrize("name", DIGESTS)
def test_splits_are_those_of_the_first_release(name):
    queries = queries_of(LargeSplit(registry.get(name), 20_000))
    assert queries.dtype == np.int32
    assert hashlib.sha256(queries.tobytes()).hexdigest()[:16] == DIGESTS[name]


def test_too_large_a_train_size_is_named():
    split = LargeSplit(ShatterGame(15), 20_000)
    with pytest.raises(UserError, match="shatter_15 .* train_size=20000 .* only 1"):
        repeated(split)
