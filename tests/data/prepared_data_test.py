"""Reading prepared data sets from disk."""

import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds

from data_builders.card_games.card_games_dataset_builder import Builder
from set_contrastive.base.errors import UserError
from set_contrastive.data import prepared_data
from set_contrastive.games import registry


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Where `set_27` is built, and nothing else."""
    folder = tmp_path_factory.mktemp("data")
    Builder(config="set_27", data_dir=folder).download_and_prepare()
    return str(folder)


@pytest.fixture(params=["builder_imported", "builder_not_imported"])
def either(request, monkeypatch):
    """Both states of TFDS's registry: commands do not import the builder."""
    if request.param == "builder_not_imported":
        builders = tfds.core.registered._DATASET_REGISTRY
        monkeypatch.delitem(builders, "card_games")


@pytest.mark.usefixtures("either")
def test_data_describe_themselves(data_dir):
    spec = prepared_data.read_spec(data_dir, "set_27")
    assert spec == registry.get("set_27").spec


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_a_split_is_read_whole(data_dir, name):
    split = prepared_data.read_split(data_dir, "set_27", name)
    assert (split.queries.dtype, split.queries.shape) == (np.int32, (729, 2))
    assert (split.key_mask.dtype, split.key_mask.shape) == (np.bool_, (729, 27))
    assert len(np.unique(split.queries, axis=0)) == 729
    # One third card for each pair of cards, each of 27 as often.
    assert split.key_mask.sum(axis=0).tolist() == [27] * 27
    np.testing.assert_array_equal(
        split.key_mask, registry.get("set_27").answer(split.queries)
    )


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("name", ["union_27", "own_game"])
@pytest.mark.parametrize(
    "read",
    [
        prepared_data.read_spec,
        lambda data_dir, name: prepared_data.read_split(data_dir, name, "train"),
    ],
    ids=["read_spec", "read_split"],
)
@pytest.mark.parametrize("folder", ["built", "absent"])
def test_missing_data_name_the_command_that_builds_them(
    data_dir, tmp_path, read, name, folder
):
    where = data_dir if folder == "built" else str(tmp_path / "absent")
    command = f"tfds build data_builders/card_games --config {name} --data_dir {where}"
    with pytest.raises(UserError) as caught:
        read(where, name)
    assert f"data set {name} is not built" in str(caught.value)
    assert command in str(caught.value)


@pytest.mark.usefixtures("either")
def test_an_unknown_split_lists_the_known_ones(data_dir):
    with pytest.raises(UserError, match="one of test, train, validation, got 'dev'"):
        prepared_data.read_split(data_dir, "set_27", "dev")


@pytest.mark.usefixtures("either")
def test_the_first_queries_of_a_split(data_dir):
    whole = prepared_data.read_split(data_dir, "set_27", "test")
    some = prepared_data.read_split(data_dir, "set_27", "test", at_most=5)
    np.testing.assert_array_equal(some.queries, whole.queries[:5])
    np.testing.assert_array_equal(some.key_mask, whole.key_mask[:5])
    found = prepared_data.read_split(data_dir, "set_27", "test", at_most=9_999)
    assert len(found.queries) == 729


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_sample_reaches_from_the_first_query_to_the_last(data_dir, split):
    whole = prepared_data.read_split(data_dir, "set_27", split)
    sample = prepared_data.read_sample(data_dir, "set_27", split)
    places = [whole.queries.tolist().index(query) for query in sample.queries.tolist()]
    assert len(set(places)) == 64 and min(places) == 0 and max(places) == 728
    assert max(np.diff(sorted(places))) < 120  # Of 729, with 7 gaps.
    np.testing.assert_array_equal(sample.key_mask, whole.key_mask[places])


@pytest.mark.parametrize(
    ("name", "built"), [("set_27", True), ("union_27", False), ("module:make", False)]
)
def test_only_a_complete_data_set_is_built(data_dir, tmp_path, name, built):
    assert prepared_data.is_built(data_dir, name) == built
    (tmp_path / "card_games" / name).mkdir(parents=True)
    assert not prepared_data.is_built(str(tmp_path), name)
    assert not prepared_data.is_built(str(tmp_path / "absent"), name)


@pytest.mark.parametrize(
    "file",
    ["dataset_info.json", "features.json", "card_games-test.tfrecord-00000-of-00001"],
)
def test_a_data_set_that_lacks_a_file_is_not_built(data_dir, tmp_path, file):
    shutil.copytree(data_dir, tmp_path, dirs_exist_ok=True)
    (tmp_path / "card_games" / "set_27" / "1.0.0" / file).unlink()
    assert not prepared_data.is_built(str(tmp_path), "set_27")
    # Without --overwrite the command would say that all is there.
    with pytest.raises(UserError, match="data set set_27 is not .* --overwrite$"):
        prepared_data.read_spec(str(tmp_path), "set_27")


def test_a_data_set_whose_description_is_torn_is_one_line(data_dir, tmp_path):
    shutil.copytree(data_dir, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "card_games" / "set_27" / "1.0.0" / "dataset_info.json"
    path.write_text(path.read_text()[:100])
    assert not prepared_data.is_built(str(tmp_path), "set_27")
    with pytest.raises(UserError, match="data set set_27 is corrupt .*--overwrite"):
        prepared_data.read_spec(str(tmp_path), "set_27")
