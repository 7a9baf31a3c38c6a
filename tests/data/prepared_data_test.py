"""Reading prepared data sets from disk."""

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
