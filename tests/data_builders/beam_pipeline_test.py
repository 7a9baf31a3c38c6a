"""Large training splits, prepared on Apache Beam; here they are small."""

import functools
import pathlib
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds
from apache_beam.options.pipeline_options import PipelineOptions

from data_builders import card_games
from data_builders.card_games import card_games_dataset_builder
from data_builders.card_games.card_games_dataset_builder import Builder
from data_builders.card_games.card_games_dataset_builder import CardGamesConfig
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games import splits
from set_contrastive.games.large_splits import LargeSplit

TRAIN_SIZE = 1_000
SPLITS = ("train", "validation", "test")
WORKERS = {
    "one": ["--direct_num_workers=1"],
    "two": ["--direct_num_workers=2", "--direct_running_mode=multi_processing"],
}


FEW_QUERIES = """
from set_contrastive.games.shatter import ShatterGame

def shatter_15():
    return ShatterGame(15)
"""

# 5 blocks of draws, which are compared in 3 groups.
SmallBlocks = functools.partial(LargeSplit, block_size=256, group_size=512)


@pytest.fixture(scope="module", autouse=True)
def small_blocks():
    """Makes 1,000 queries a large split."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splits, "MOST_IN_MEMORY", TRAIN_SIZE - 1)
        patch.setattr(card_games_dataset_builder, "LargeSplit", SmallBlocks)
        yield


def prepare(data_dir, workers, game="union_27", train_size=TRAIN_SIZE):
    name = f"large_{game.partition(':')[2] or game}"
    config = CardGamesConfig(name=name, game=game, train_size=train_size)
    builder = Builder(config=config, data_dir=data_dir)
    options = PipelineOptions(WORKERS[workers])
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(beam_options=options, num_shards=3)
    )
    return pathlib.Path(builder.data_dir)


def read(folder, split):
    """Queries and masks of a split, in the order on disk."""
    builder = tfds.builder_from_directory(folder)
    (batch,) = tfds.as_numpy(builder.as_dataset(split=split, batch_size=2**20))
    return batch["query"], batch["key_mask"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return prepare(tmp_path_factory.mktemp("data"), "one")


def test_two_workers_write_the_bytes_of_one(folder, tmp_path):
    again = prepare(tmp_path, "two")
    files = sorted(path.name for path in folder.iterdir())
    assert files == sorted(path.name for path in again.iterdir())
    assert sum(".tfrecord" in file for file in files) == 3 * len(SPLITS)
    for file in files:
        assert (again / file).read_bytes() == (folder / file).read_bytes(), file


def test_no_query_stands_twice(folder):
    found = [tuple(query) for split in SPLITS for query in read(folder, split)[0]]
    assert len(found) == TRAIN_SIZE + 2 * 5_120
    assert len(set(found)) == len(found)


def test_key_masks_are_the_games_answers(folder):
    queries, masks = read(folder, "train")
    game = registry.get("union_27")
    np.testing.assert_array_equal(masks, game.answer(queries))


def test_queries_stand_in_the_order_of_the_draws(folder):
    queries, _ = read(folder, "train")
    split = SmallBlocks(registry.get("union_27"), TRAIN_SIZE)
    drawn = np.concatenate([split.draw(block) for block in range(5)])
    np.testing.assert_array_equal(queries, drawn[:TRAIN_SIZE])  # None comes twice.


def test_held_out_splits_are_those_of_smaller_data_sets(folder):
    expected = splits.draw_splits(registry.get("union_27"), 1)
    for name in ("validation", "test"):
        np.testing.assert_array_equal(read(folder, name)[0], expected[name])


def test_a_listed_game_is_listed(tmp_path):
    assert len(read(prepare(tmp_path, "one", game="set_27"), "train")[0]) == 729


def test_beam_is_asked_for_where_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    name = "data_builders.card_games.beam_pipeline"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr(card_games, "beam_pipeline", raising=False)
    with pytest.raises(UserError, match=r"pip install 'set_contrastive\[beam\]'"):
        prepare(tmp_path, "one")


def test_too_large_a_train_size_is_named(tmp_path, monkeypatch):
    (tmp_path / "few_queries.py").write_text(FEW_QUERIES)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="shatter_15 has too few .* train_size=30000"):
        prepare(tmp_path, "one", "few_queries:shatter_15", train_size=30_000)


def test_train_size_must_be_positive(tmp_path):
    with pytest.raises(UserError, match="train_size must be at least 1, got 0"):
        prepare(tmp_path, "one", train_size=0)
