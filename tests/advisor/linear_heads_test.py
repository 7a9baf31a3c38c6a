import numpy as np
import pytest
from scipy import special

from set_contrastive.advisor import linear_heads


@pytest.fixture
def drawn():
    rng = np.random.default_rng(0)
    queries = rng.normal(size=(6, 4)).astype(np.float32)
    documents = rng.normal(size=(5, 4)).astype(np.float32)
    mask = np.eye(6, 5, dtype=bool)
    mask[:, 2] = True
    return queries, documents, mask


def _loss(trainer, queries, documents, mask):
    scores = trainer.heads(queries, documents).numpy()
    shares = mask / mask.sum(axis=1, keepdims=True)
    log_shares = scores - special.logsumexp(scores, axis=1, keepdims=True)
    return -(shares * log_shares).sum(axis=1).mean()


@pytest.mark.parametrize("few_documents", [False, True])
def test_scores_are_scaled_inner_products(drawn, few_documents):
    queries, documents, _ = drawn
    rng = np.random.default_rng(1)
    query, document = rng.normal(size=(2, 4, 3)).astype(np.float32)
    trainer = linear_heads.HeadTrainer(4, 3, True, few_documents)
    trainer.restart(query, document, 2.5)
    expected = 2.5 * (queries @ query) @ (documents @ document).T
    found = trainer.heads(queries, documents)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("documents_too", [False, True])
def test_training_lowers_the_loss(drawn, documents_too):
    queries, documents, mask = drawn
    trainer = linear_heads.HeadTrainer(4, 4, documents_too, True)
    start = np.eye(4, dtype=np.float32)
    trainer.restart(start, start, 1.0)
    before = _loss(trainer, queries, documents, mask)
    trainer.train(queries, documents, mask, np.tile(np.arange(6), (30, 1)))
    assert _loss(trainer, queries, documents, mask) < before - 0.1
    unchanged = (trainer.heads.document.numpy() == start).all()
    assert unchanged == (not documents_too)
    assert (trainer.heads.query.numpy() != start).any()


def test_restart_forgets(drawn):
    queries, documents, mask = drawn
    trainer = linear_heads.HeadTrainer(4, 4, True, True)
    found = []
    for _ in range(2):
        trainer.restart(np.eye(4), np.eye(4), 1.0)
        trainer.train(queries, documents, mask, np.tile(np.arange(6), (10, 1)))
        found.append(trainer.heads.query.numpy())
    np.testing.assert_array_equal(*found)


def test_same_shapes_have_one_trainer():
    trainer = linear_heads.trainer(4, 3, True, True)
    assert linear_heads.trainer(4, 3, True, True) is trainer
    assert linear_heads.trainer(4, 2, True, True) is not trainer
