"""Tests of the search for critical numbers of documents."""

import dataclasses
import itertools

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.free_vectors import critical
from set_contrastive.free_vectors import training
from set_contrastive.theory.floors import figures


@pytest.fixture
def trained(monkeypatch):
    """Trainings succeed up to 13 documents; lists the numbers that were tried."""
    tried = []

    def train(mask, dim, settings, seed):
        count = mask.shape[1]
        assert seed[1:] == [count, dim]
        tried.append(count)
        retrieved = 1.0 if count <= 13 else 0.9
        return training.Trained(None, None, 0.0, retrieved, 10 * count)

    monkeypatch.setattr(training, "train", train)
    return tried


@pytest.mark.parametrize("first", [2, 5, 12, 13, 14, 15, 40])
def test_the_largest_number_is_found_from_anywhere(trained, first):
    found = critical.find(4, 0, critical.SETTINGS, first, 64)
    assert found.num_documents == 13
    assert len(set(trained)) == len(trained) == found.trainings <= 10
    assert {13, 14} <= set(trained)
    assert found.steps == 10 * max(trained)


def test_nothing_beyond_the_largest_number_is_tried(trained):
    found = critical.find(4, 0, critical.SETTINGS, 8, 11)
    assert found.num_documents == 11 == max(trained)


def test_in_the_plane_three_documents_are_the_most():
    settings = dataclasses.replace(critical.SETTINGS, max_steps=2_000)
    found = [critical.find(2, seed, settings, 4, 10) for seed in range(5)]
    assert max(end.num_documents for end in found) == 3


def test_pairs_are_all_pairs():
    found = [tuple(np.flatnonzero(row).tolist()) for row in critical.pairs(6)]
    assert found == list(itertools.combinations(range(6), 2))


def test_the_table_has_one_row_for_each_dimension_and_is_drawn(trained, tmp_path):
    ways = [
        critical.SETTINGS,
        dataclasses.replace(critical.SETTINGS, objective="margin", normalize=False),
    ]
    result = critical.compute([4, 5], 2, 0, 13, ways)
    assert [(row["objective"], row["vector_dim"]) for row in result.rows] == [
        ("infonce", 4),
        ("infonce", 5),
        ("margin", 4),
        ("margin", 5),
    ]
    assert [row["published_n"] for row in result.rows] == [10, 14, 10, 14]
    assert {row["critical_n"] for row in result.rows} == {13}
    result.save(tmp_path, figures.figures(result))
    loaded = Result.load(tmp_path / "free_embedding_limit.json")
    assert loaded == result
    assert (tmp_path / "free_embedding_limit.png").exists()


def test_too_few_documents_are_named():
    with pytest.raises(UserError, match="max_documents must be at least 3, got 2"):
        critical.compute([4], 1, 0, 2, [critical.SETTINGS])
