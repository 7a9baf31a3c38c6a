"""Tests of the search for critical numbers of documents."""

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.theory.free_embedding import critical
from set_contrastive.theory.free_embedding import figures
from set_contrastive.theory.free_embedding import top_two
from set_contrastive.theory.result import Result


@pytest.fixture
def trained(monkeypatch):
    """Trainings succeed up to 13 documents; lists the numbers that were tried."""
    tried = []

    def train(count, dim, seed, settings):
        tried.append(count)
        return top_two.Outcome(1.0 if count <= 13 else 0.9, 10 * count)

    monkeypatch.setattr(top_two, "train", train)
    return tried


@pytest.mark.parametrize("first", [2, 5, 12, 13, 14, 15, 40])
def test_the_largest_number_is_found_from_anywhere(trained, first):
    found = critical.find(4, 0, top_two.Settings(), first, 64)
    assert found.num_documents == 13
    assert len(set(trained)) == len(trained) == found.trainings <= 10
    assert {13, 14} <= set(trained)
    assert found.steps == 10 * max(trained)


def test_nothing_beyond_the_largest_number_is_tried(trained):
    found = critical.find(4, 0, top_two.Settings(), 8, 11)
    assert found.num_documents == 11 == max(trained)


def test_in_the_plane_three_documents_are_the_most():
    settings = top_two.Settings(max_steps=2_000)
    found = [critical.find(2, seed, settings, 4, 10) for seed in range(5)]
    assert max(end.num_documents for end in found) == 3


@pytest.mark.parametrize("count", [3, 4, 7, 50])
def test_the_moment_curve_solves_any_number_in_four_dimensions(count):
    queries, documents = critical.moment_curve(count)
    assert queries.shape[1] == documents.shape[1] == 4
    for vectors in (queries, documents):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0)
    places = top_two.pairs(count)
    scores = queries @ documents.T
    assert top_two.accuracy(scores, places) == 1.0
    both = np.take_along_axis(scores, places, axis=1)
    np.testing.assert_allclose(both[:, 0], both[:, 1], atol=1e-12)


def test_the_table_has_a_row_a_dimension_and_is_drawn(trained, tmp_path):
    ways = [top_two.Settings(), top_two.Settings("margin", normalize=False)]
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


@pytest.mark.parametrize(
    ("dims", "restarts", "most", "message"),
    [
        ([], 1, 9, "dims must list at least one value"),
        ([4, 0], 1, 9, "dims must be at least 1, got 0"),
        ([4], 0, 9, "restarts must be at least 1, got 0"),
        ([4], 1, 2, "max_documents must be at least 3, got 2"),
    ],
)
def test_bad_input_is_named(dims, restarts, most, message):
    with pytest.raises(UserError, match=message):
        critical.compute(dims, restarts, 0, most, [top_two.Settings()])
