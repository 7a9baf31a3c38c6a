"""The prepared data set, read back from disk."""

import dataclasses
import itertools
import pathlib

import numpy as np
import pytest
import tensorflow_datasets as tfds

from data_builders.card_games.card_games_dataset_builder import Builder
from data_builders.card_games.card_games_dataset_builder import CardGamesConfig
from set_contrastive.games import registry
from set_contrastive.games.game import GameSpec

TRAIN_SIZE = 1_000
HELD_OUT_SIZE = 5_120
SPLITS = ("train", "validation", "test")
# Sizes of the games that are listed: 27 * 27 and 64 * 64 queries, and the 27 * 26 / 2
# pairs of cards but the 27 * 8 / 2 that share nothing.
LISTED = {"set_27": 729, "shared_27": 243, "wildcard_27": 4096}

# A game between the registered ones: 2^15 - 1 queries are just too many to list.
OWN_GAMES = """
from set_contrastive.games.shatter import ShatterGame

def shatter_15():
    return ShatterGame(15)
"""


def prepare(data_dir, config):
    builder = Builder(config=config, data_dir=data_dir)
    builder.download_and_prepare()
    return pathlib.Path(builder.data_dir)


def small(name):
    # TFDS refuses a config of one's own under the name of one of the builder's.
    return CardGamesConfig(name=f"small_{name}", game=name, train_size=TRAIN_SIZE)


def read(folder, split):
    """Queries and masks of a split, in the order on disk."""
    builder = tfds.builder_from_directory(folder)
    (batch,) = tfds.as_numpy(builder.as_dataset(split=split, batch_size=2**20))
    return batch["query"], batch["key_mask"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("data")
    return {name: prepare(data_dir, small(name)) for name in registry.names()}


@pytest.fixture(scope="module")
def data(folders):
    """Queries and masks of each split of each game."""
    return {
        name: {split: read(folder, split) for split in SPLITS}
        for name, folder in folders.items()
    }


@pytest.fixture
def own_games(tmp_path, monkeypatch):
    """Name of an importable module with further games."""
    name = f"own_games_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(OWN_GAMES)
    monkeypatch.syspath_prepend(tmp_path)
    return name


each_game = pytest.mark.parametrize("name", registry.names())
each_drawn_game = pytest.mark.parametrize(
    "name", [name for name in registry.names() if name not in LISTED]
)


class CardGamesTest(tfds.testing.DatasetBuilderTestCase):
    """What TFDS checks of every builder."""

    DATASET_CLASS = Builder
    # A listed game is read fastest; that others do not overlap is tested below.
    BUILDER_CONFIG_NAMES_TO_TEST = ["set_27"]
    SPLITS = {"train": 729, "validation": 729, "test": 729}
    OVERLAPPING_SPLITS = list(SPLITS)
    EXAMPLE_DIR = str(pathlib.Path(__file__).parent / "dummy_data")

    def test_session(self, *arguments, **options):
        """TensorFlow's helper, which would count as a skipped test by its name."""
        return super().test_session(*arguments, **options)

    test_session.__test__ = False


def test_there_is_a_config_for_each_game():
    assert tuple(Builder.builder_configs) == registry.names()
    assert Builder.name == "card_games"
    for config in Builder.builder_configs.values():
        assert config.train_size == 262_144
        assert config.description


@each_game
def test_features(folders, name):
    spec = registry.get(name).spec
    features = tfds.builder_from_directory(folders[name]).info.features
    assert set(features) == {"query", "key_mask"}
    assert features["query"].shape == (spec.query_length,)
    assert features["query"].np_dtype == np.int32
    assert features["key_mask"].shape == (spec.num_keys,)
    assert features["key_mask"].np_dtype == np.bool_


@each_game
@pytest.mark.parametrize("split", SPLITS)
def test_sizes_and_types(data, name, split):
    spec = registry.get(name).spec
    size = LISTED.get(name, TRAIN_SIZE if split == "train" else HELD_OUT_SIZE)
    queries, masks = data[name][split]
    assert (queries.dtype, queries.shape) == (np.int32, (size, spec.query_length))
    assert (masks.dtype, masks.shape) == (np.bool_, (size, spec.num_keys))


@each_game
@pytest.mark.parametrize("split", SPLITS)
def test_key_masks_are_the_games_answers(data, name, split):
    queries, masks = data[name][split]
    np.testing.assert_array_equal(masks, registry.get(name).answer(queries))
    assert masks.any(axis=1).all()


@each_game
def test_metadata_describes_the_game(folders, name):
    metadata = tfds.builder_from_directory(folders[name]).info.metadata
    assert metadata["exhaustive"] == (name in LISTED)
    found = GameSpec.from_dict(metadata["game"])
    # The data set has a name of its own, and names the game that it holds.
    assert (found.name, found.source) == (f"small_{name}", name)
    assert dataclasses.replace(found, name=name) == registry.get(name).spec


@each_drawn_game
def test_no_query_stands_twice(data, name):
    found = [query.tobytes() for split in SPLITS for query in data[name][split][0]]
    assert len(found) == TRAIN_SIZE + 2 * HELD_OUT_SIZE
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", LISTED)
@pytest.mark.parametrize("split", SPLITS)
def test_listed_games_hold_all_queries_in_every_split(data, name, split):
    spec = registry.get(name).spec
    words = [("red", "green", "blue"), ("void", "dashed", "solid")]
    words.append(("square", "circle", "triangle"))
    if name == "wildcard_27":
        words = [(*values, "*") for values in words]
    cards = ["-".join(card) for card in itertools.product(*words)]
    queries, _ = data[name][split]
    found = [tuple(spec.vocabulary[symbol] for symbol in query) for query in queries]
    expected = set(itertools.product(cards, cards))
    if name == "shared_27":  # Two cards, in the order of keys, with a word in common.
        expected = {
            pair
            for pair in itertools.combinations(cards, 2)
            if set(pair[0].split("-")) & set(pair[1].split("-"))
        }
    assert len(found) == LISTED[name]
    assert set(found) == expected


@pytest.mark.parametrize("name", ["set_27", "symdiff_27", "shatter_27"])
def test_a_second_build_gives_the_same_bytes(folders, name, tmp_path):
    again = prepare(tmp_path, small(name))
    files = sorted(path.name for path in folders[name].iterdir())
    assert files == sorted(path.name for path in again.iterdir())
    assert any(".tfrecord" in file for file in files)
    for file in files:
        assert (again / file).read_bytes() == (folders[name] / file).read_bytes(), file


def test_held_out_splits_do_not_depend_on_the_train_size(data, tmp_path):
    config = CardGamesConfig(name="smaller", game="union_27", train_size=17)
    folder = prepare(tmp_path, config)
    assert len(read(folder, "train")[0]) == 17
    for split in ("validation", "test"):
        expected, _ = data["union_27"][split]
        np.testing.assert_array_equal(read(folder, split)[0], expected)


def test_a_config_of_the_builder_is_built_by_its_name(tmp_path):
    folder = prepare(tmp_path, "set_27")
    assert folder.parent == tmp_path / "card_games" / "set_27"
    assert len(read(folder, "train")[0]) == 729


def test_a_game_of_ones_own(own_games, tmp_path):
    config = CardGamesConfig(
        name="shatter_15", game=f"{own_games}:shatter_15", train_size=100
    )
    folder = prepare(tmp_path, config)
    assert len(read(folder, "train")[0]) == 100
    assert tfds.builder_from_directory(folder).info.metadata["game"]["num_keys"] == 15


def test_a_game_is_drawn_until_the_splits_are_full(own_games, tmp_path):
    # 30,240 of the 32,767 queries: most draws at the end are of a query already seen.
    config = CardGamesConfig(
        name="shatter_15", game=f"{own_games}:shatter_15", train_size=20_000
    )
    folder = prepare(tmp_path, config)
    queries = np.concatenate([read(folder, split)[0] for split in SPLITS])
    assert len(np.unique(queries, axis=0)) == len(queries) == 30_240


@pytest.mark.parametrize("train_size", [22_528, 50_000])
def test_too_large_a_train_size_is_named(own_games, tmp_path, train_size):
    # Beside 2 * 5,120 held out there are 22,527 of the 32,767 queries left.
    config = CardGamesConfig(
        name="shatter_15", game=f"{own_games}:shatter_15", train_size=train_size
    )
    with pytest.raises(ValueError, match=f"shatter_15 .* train_size={train_size}"):
        prepare(tmp_path, config)


def test_train_size_must_be_positive(tmp_path):
    config = CardGamesConfig(name="none", game="union_27", train_size=0)
    with pytest.raises(ValueError, match="train_size must be at least 1, got 0"):
        prepare(tmp_path, config)


def test_an_unknown_game_is_named(tmp_path):
    config = CardGamesConfig(name="mine", game="union_28")
    with pytest.raises(ValueError, match="unknown game 'union_28'"):
        prepare(tmp_path, config)
