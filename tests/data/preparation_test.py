"""Tests of building what is missing, with the real builder."""

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.data import preparation as data_preparation
from set_contrastive.data import prepared_data
from set_contrastive.games.game import Game
from set_contrastive.games.game import GameSpec


class Parity(Game):
    """A query is a number below ten and matches its remainder modulo two."""

    spec = GameSpec(
        name="parity_2",
        source="tests.data.preparation_test:Parity",
        num_keys=2,
        query_length=1,
        keys=("even", "odd"),
        vocabulary=("", *map(str, range(10))),
        attribute_table=((),) * 11,
        key_symbols=(1, 2),
        exhaustive=True,
    )

    def sample(self, rng, n):
        return rng.integers(1, 11, (n, 1), np.int32)

    def answer(self, queries):
        return (queries - 1) % 2 == np.arange(2)

    def population(self):
        return np.arange(1, 11, dtype=np.int32)[:, None]

    def format(self, query):
        return self.spec.vocabulary[query[0]]

    def parse(self, text):
        return np.array([1 + int(text)], np.int32)


def test_what_is_missing_is_built_once(tmp_path, capfd):
    games = ["tests.data.preparation_test:Parity"]
    data_preparation.build_missing(games, str(tmp_path))
    assert "Preparing the data set parity_2" in capfd.readouterr().out
    split = prepared_data.read_split(str(tmp_path), "parity_2", "test")
    assert sorted(split.queries[:, 0]) == list(range(1, 11))
    np.testing.assert_array_equal(split.key_mask, Parity().answer(split.queries))
    data_preparation.build_missing(games, str(tmp_path))
    assert "Preparing" not in capfd.readouterr().out


def test_what_cannot_be_built_is_named(tmp_path, capfd):
    with pytest.raises(UserError, match="data set union_28 cannot be built: exit code"):
        data_preparation.build_missing(["union_28"], str(tmp_path))
    assert "union_28" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("name", "built"), [("set_27", True), ("union_27", False), ("module:make", False)]
)
def test_is_built(tmp_path, name, built):
    (tmp_path / "card_games" / "set_27").mkdir(parents=True)
    assert data_preparation.is_built(str(tmp_path), name) == built
    assert not data_preparation.is_built(str(tmp_path / "absent"), name)
