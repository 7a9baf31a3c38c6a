"""The table of several vectors of a key: taken up again, drawn, beside one vector."""

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.free_vectors import late_training
from set_contrastive.free_vectors import search
from set_contrastive.games import registry
from set_contrastive.theory import free_embedding
from set_contrastive.theory.floors import figures
from set_contrastive.theory.floors import one_vector
from set_contrastive.theory.floors import several_vectors

QUICK = late_training.Settings(restarts=1, steps=20)


def _cells(*per_key):
    game = registry.get("set_27")
    return [several_vectors.Cell(game, 4, number, 2) for number in per_key]


def test_cells_that_are_there_are_not_trained_again(tmp_path, monkeypatch):
    first = several_vectors.compute(_cells(2), QUICK, tmp_path)
    assert Result.load(tmp_path / f"{several_vectors.NAME}.json") == first
    trained = []
    train = late_training.train

    def noting(subsets, dim, per_key, *rest):
        trained.append(per_key)
        return train(subsets, dim, per_key, *rest)

    monkeypatch.setattr(late_training, "train", noting)
    more = several_vectors.compute(_cells(1, 2), QUICK, tmp_path)
    assert trained == [1]
    assert [row["floats_per_key"] for row in more.rows] == [4, 8]
    assert more.rows[1] == first.rows[0]
    other = late_training.Settings(restarts=1, steps=21)
    with pytest.raises(UserError, match="with other settings, .*; name another"):
        several_vectors.compute(_cells(2), other, tmp_path)


def test_the_row_stands_beside_one_vector_of_as_many_floats(tmp_path):
    settings = search.Settings(restarts=1, candidate_dims=1, decades=5)
    known, _ = one_vector.compute(["set_27"], [8], settings, tmp_path)
    table = several_vectors.compute(_cells(1, 2), QUICK, tmp_path)
    columns = [row["one_vector_kl_nats"] for row in table.rows]
    assert columns == [None, known.rows[0]["kl_nats"]]
    (figure,) = figures.figures(Result.load(tmp_path / f"{several_vectors.NAME}.json"))
    assert figure.name == several_vectors.NAME
    assert figure.render(dark=True).startswith(b"<?xml")


def test_the_tool_trains_them_and_says_that_they_are_upper_bounds(tmp_path):
    options = free_embedding.Options(
        dims=(2,),
        games=("set_27",),
        restarts=2,
        vectors_per_key=(2, 4),
        vectors_per_query=1,
        late_steps=20,
    )
    (table,) = free_embedding.compute(options, tmp_path)
    assert [row["vectors_per_key"] for row in table.rows] == [2, 4]
    assert {row["vectors_per_query"] for row in table.rows} == {1}
    assert "an upper bound of the floor" in table.text()
