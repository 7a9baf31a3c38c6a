"""Tests that faiss ranks keys as the exported scorer does."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

from export import vector_index
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry

faiss = pytest.importorskip("faiss", reason="the extra faiss is missing")


def test_the_index_ranks_as_score_all_does(exported, tmp_path):
    version = exported["two_tower"]
    assert vector_index.write(version, tmp_path / "index", "Flat") == 27
    index = faiss.read_index(str(tmp_path / "index" / "keys.faiss"))
    assert (index.ntotal, index.d) == (27, 9)  # 8 dimensions and the bias.
    game = registry.get("union_27")
    queries = tf.constant(game.sample(np.random.default_rng(0), 40))
    model = tf.saved_model.load(str(version))
    vectors = model.signatures["encode_query"](query=queries)["vector"].numpy()
    found, keys = index.search(vectors, 27)
    scores = model.signatures["score_all"](query=queries)["scores"].numpy()
    np.testing.assert_allclose(
        found, np.take_along_axis(scores, keys, axis=1), atol=1e-5
    )
    order = np.argsort(-scores, axis=1, kind="stable")
    assert (keys == order).mean() > 0.99  # Near ties may change places.
    names = (tmp_path / "index" / "key_names.txt").read_text().splitlines()
    assert tuple(names) == game.keys
    stored = np.load(tmp_path / "index" / "key_vectors.npy")
    np.testing.assert_allclose(vectors @ stored.T, scores, atol=1e-5)


def test_what_cannot_be_an_index_is_a_clear_error(exported, tmp_path):
    output = tmp_path / "index"
    with pytest.raises(UserError, match="of a family that has vectors.*rank"):
        vector_index.write(exported["cross_encoder"], output, "Flat")
    with pytest.raises(UserError, match="no scorer that"):
        vector_index.write(tmp_path, output, "Flat")
    for factory in ("Flatt", "IVF4096,Flat", "IDMap,Flat"):
        with pytest.raises(UserError, match=f"index={factory} must be"):
            vector_index.write(exported["two_tower"], output, factory)
    assert not output.exists()


def _queries(count=40):
    return registry.get("union_27").sample(np.random.default_rng(0), count)


def _score_all(version):
    model = tf.saved_model.load(str(version))
    return model.signatures["score_all"](query=tf.constant(_queries()))["scores"]


@pytest.mark.parametrize("family", ["two_tower", "late_interaction"])
def test_what_was_written_is_read_and_ranks_as_score_all_does(
    exported, tmp_path, family
):
    version = exported[family]
    assert vector_index.write(version, tmp_path, "Flat") == 27
    index = vector_index.read(version, tmp_path)
    assert index.vectors.shape == (27, 3 if family == "late_interaction" else 1, 9)
    assert index.index.ntotal == 27 * index.vectors.shape[1]
    scores = _score_all(version).numpy()
    keys, found = index.search(_queries(), 27, candidates=index.index.ntotal)
    np.testing.assert_allclose(
        found, np.take_along_axis(scores, keys, axis=1), atol=1e-5
    )
    order = np.argsort(-scores, axis=1, kind="stable")
    assert (keys == order).mean() > 0.99  # Near ties may change places.


def test_few_candidates_have_exact_scores_and_places_left_over_say_so(
    exported, tmp_path
):
    version = exported["late_interaction"]
    vector_index.write(version, tmp_path, "Flat")
    keys, found = vector_index.read(version, tmp_path).search(_queries(), 10, 1)
    scores = _score_all(version).numpy()
    missing = keys == -1
    # Each of the two vectors of a query asked for one row.
    assert (missing.sum(axis=1) >= 8).all() and not missing[:, 0].any()
    assert np.isneginf(found[missing]).all()
    exact = np.take_along_axis(scores, np.maximum(keys, 0), axis=1)
    np.testing.assert_allclose(found[~missing], exact[~missing], atol=1e-5)


def test_of_summed_vectors_the_index_holds_the_sums(exported, tmp_path):
    version = tmp_path / "1"
    shutil.copytree(exported["late_interaction"], version)
    file = version / "assets.extra" / "model.json"
    file.write_text(file.read_text().replace("max_sim", "sum"))
    vector_index.write(version, tmp_path / "index", "Flat")
    index = vector_index.read(version, tmp_path / "index")
    assert index.vectors.shape == (27, 1, 9) and index.index.ntotal == 27
    signatures = index.scorer.signatures
    keys = signatures["encode_key"](key=tf.range(27))["vectors"].numpy()
    query = signatures["encode_query"](query=tf.constant(_queries()))["vectors"].numpy()
    numbers, scores = index.search(_queries(), 27, 27)
    expected = np.einsum("bid,kjd->bk", query, keys)
    np.testing.assert_allclose(
        scores, np.take_along_axis(expected, numbers, axis=1), atol=1e-5
    )


def test_an_index_of_another_export_is_refused(exported, tmp_path):
    version, folder = exported["late_interaction"], tmp_path / "index"
    with pytest.raises(UserError, match=r"no index found in index=.*index"):
        vector_index.read(version, folder)
    vector_index.write(version, folder, "Flat")
    with pytest.raises(UserError, match="holds the vectors of another export; write"):
        vector_index.read(exported["two_tower"], folder)
    vectors = np.load(folder / "key_vectors.npy")
    np.save(folder / "key_vectors.npy", vectors[::-1])
    with pytest.raises(UserError, match="holds the vectors of another export; write"):
        vector_index.read(version, folder)
