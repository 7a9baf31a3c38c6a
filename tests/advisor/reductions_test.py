import numpy as np
import pytest

from set_contrastive.advisor import reductions
from set_contrastive.base.errors import UserError


@pytest.fixture
def vectors():
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(50, 12)) @ rng.normal(size=(12, 12)) + 1
    return mixed.astype(np.float32)


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_prefix_keeps_first_coordinates(vectors):
    reduction = reductions.fit("prefix", vectors, 5)
    np.testing.assert_array_equal(reduction.queries(vectors), vectors[:, :5])
    np.testing.assert_array_equal(reduction.documents(vectors), vectors[:, :5])


def test_coordinates_of_unit_vectors_are_scaled_to_unit_length(vectors):
    vectors = _unit(vectors).astype(np.float16)
    reduction = reductions.fit("prefix", vectors, 5)
    expected = _unit(vectors[:, :5].astype(np.float32))
    found = reduction.documents(vectors)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_one_longer_vector_is_no_unit_length(vectors):
    vectors = _unit(vectors)
    assert reductions.has_unit_length(vectors)
    vectors[17] *= 1.1
    assert not reductions.has_unit_length(vectors)


def test_vector_without_length_stays_zero():
    vectors = np.eye(4, dtype=np.float32)
    found = reductions.fit("prefix", vectors, 2).documents(vectors)
    np.testing.assert_array_equal(found, np.eye(4, 2))


def test_random_coordinates_are_distinct_and_of_the_seed(vectors):
    numbered = np.tile(np.arange(12.0), (3, 1))
    drawn = {
        tuple(reductions.fit("random", numbered, 5, seed).queries(numbered)[0])
        for seed in range(20)
    }
    assert len(drawn) > 10
    assert all(len(set(columns)) == 5 for columns in drawn)
    again = [reductions.Reducer(vectors).fit("random", 5, 3).columns for _ in "ab"]
    np.testing.assert_array_equal(*again)


def test_pca_is_the_singular_value_decomposition(vectors):
    reduction = reductions.fit("pca", vectors, 4)
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred.astype(np.float64))
    found = reduction.documents(vectors)
    signs = np.sign((found * (centred @ axes[:4].T)).sum(axis=0))
    np.testing.assert_allclose(found, centred @ axes[:4].T * signs, atol=1e-4)
    queries = reduction.queries(vectors)
    np.testing.assert_allclose(queries, vectors @ axes[:4].T * signs, atol=1e-4)


def test_pca_of_all_dimensions_ranks_as_the_full_vectors(vectors):
    queries = np.random.default_rng(1).normal(size=(9, 12)).astype(np.float32)
    reduction = reductions.fit("pca", vectors, 12)
    scores = reduction.queries(queries) @ reduction.documents(vectors).T
    expected = np.argsort(-queries @ vectors.T, axis=1)
    np.testing.assert_array_equal(np.argsort(-scores, axis=1), expected)


def test_pca_of_fewer_documents_than_dimensions_has_no_noise(vectors):
    reduction = reductions.fit("pca", vectors[:5], 12)
    assert (reduction.documents(vectors[:5])[:, 4:] == 0).all()
    scores = reduction.queries(vectors) @ reduction.documents(vectors[:5]).T
    expected = np.argsort(-vectors @ vectors[:5].T, axis=1)
    np.testing.assert_array_equal(np.argsort(-scores, axis=1), expected)


def test_pca_looks_at_a_sample_of_many_documents(vectors, monkeypatch):
    many = np.repeat(vectors, 20, axis=0)
    monkeypatch.setattr(reductions, "BLOCK", 64)
    whole = reductions.principal_axes(many)
    monkeypatch.setattr(reductions, "_SAMPLE", 800)
    sample = reductions.principal_axes(many)
    agreement = np.abs((whole.directions * sample.directions).sum(axis=0))
    assert (agreement[:3] > 0.98).all()
    assert (whole.mean != sample.mean).any()


def test_documents_mapped_from_a_file_are_read_in_blocks(
    vectors, tmp_path, monkeypatch
):
    np.save(tmp_path / "d.npy", vectors.astype(np.float16))
    mapped = np.load(tmp_path / "d.npy", mmap_mode="r")
    monkeypatch.setattr(reductions, "BLOCK", 7)
    found = np.concatenate(list(reductions.blocks(mapped)))
    np.testing.assert_array_equal(found, mapped.astype(np.float32))
    reduction = reductions.fit("pca", mapped, 3)
    assert reduction.documents(mapped).shape == (50, 3)


@pytest.mark.parametrize(
    ("name", "dim", "message"),
    [
        ("prefix", 13, "dims must be 1 to 12, as vectors have, got 13"),
        ("pca", 0, "dims must be 1 to 12, as vectors have, got 0"),
        ("none", 6, "dim must be 12 for reduction none, got 6"),
        ("umap", 6, "reduction must be one of none, prefix, random, pca, got 'umap'"),
    ],
)
def test_what_cannot_be_fitted_is_refused(vectors, name, dim, message):
    with pytest.raises(UserError, match=message):
        reductions.fit(name, vectors, dim)
