"""Which queries stand in the splits of a data set."""

import hashlib

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games import splits
from set_contrastive.games.shatter import ShatterGame

# Digests of the splits as the first release drew them. Data sets that others have
# built, and the numbers of the docs, hang on these: a change is another version.
DIGESTS = {
    ("set_27", 1_000): "c453a777af91af28",
    ("shared_27", 1_000): "4942bad1a9215202",
    ("wildcard_27", 1_000): "99872c7ea7528d77",
    ("union_27", 1_000): "39375abbabeb3d88",
    ("symdiff_27", 1_000): "6784b6464f6aa5f0",
    ("shatter_27", 1_000): "893b60b9c16af18e",
    ("union_81", 1_000): "3d1ca30a0fef6019",
    ("union_27", 262_144): "2a7126a99ba2ad86",
    ("shatter_27", 262_144): "d1a06b7057b0c32f",
    ("shatter_15", 20_000): "f6e617354b2ded38",  # Several draws fill each split.
}


def game_of(name):
    return ShatterGame(15) if name == "shatter_15" else registry.get(name)


@pytest.mark.parametrize(("name", "train_size"), DIGESTS)
def test_splits_are_those_of_the_first_release(name, train_size):
    drawn = splits.draw_splits(game_of(name), train_size)
    assert list(drawn) == ["train", "validation", "test"]
    digest = hashlib.sha256()
    for split, queries in drawn.items():
        digest.update(f"{split} {queries.dtype.str} {queries.shape}".encode())
        digest.update(queries.tobytes())
    assert digest.hexdigest()[:16] == DIGESTS[name, train_size]


@pytest.mark.parametrize("num_queries", [1, 300, 5_120])
def test_queries_are_the_first_of_the_test_split(num_queries):
    game = registry.get("symdiff_27")
    expected = splits.draw_splits(game, 1)["test"][:num_queries]
    np.testing.assert_array_equal(splits.draw_queries(game, num_queries), expected)


def test_queries_of_another_seed_are_others():
    game = registry.get("union_27")
    (first,), (second,) = (splits.draw_queries(game, 1, seed) for seed in (1, 9))
    assert not np.array_equal(first, second)


def test_a_game_that_lists_its_queries_gives_all():
    game = registry.get("wildcard_27")
    np.testing.assert_array_equal(splits.draw_queries(game, 3), game.population())


def test_more_queries_are_drawn_until_there_are_enough():
    # 2^15 - 1 queries: the last ones come only after many draws.
    queries = splits.draw_queries(ShatterGame(15), 32_767)
    assert len({query.tobytes() for query in queries}) == 32_767


@pytest.mark.parametrize(
    ("num_queries", "message"),
    [
        (0, "num_queries must be at least 1, got 0"),
        (32_768, "at most 32767, the distinct queries of shatter_15"),
    ],
)
def test_a_bad_number_of_queries_is_named(num_queries, message):
    with pytest.raises(UserError, match=message):
        splits.draw_queries(ShatterGame(15), num_queries)
