"""Tests that faiss ranks keys as the exported scorer does."""

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
    with pytest.raises(UserError, match="must be a two-tower.*rank"):
        vector_index.write(exported["cross_encoder"], output, "Flat")
    with pytest.raises(UserError, match="no scorer that"):
        vector_index.write(tmp_path, output, "Flat")
    for factory in ("Flatt", "IVF4096,Flat"):
        with pytest.raises(UserError, match=f"index={factory} must be"):
            vector_index.write(exported["two_tower"], output, factory)
    assert not output.exists()
