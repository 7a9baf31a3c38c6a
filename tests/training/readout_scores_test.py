"""The loss of readouts that stand for keys, beside a model's own."""

import numpy as np
import tensorflow as tf
from scipy.special import log_softmax

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games import registry
from set_contrastive.training import distribution
from set_contrastive.training.trainer import Trainer
from tests.training import short_trainings


def test_readouts_that_stand_for_keys_are_trained_beside():
    trainer = Trainer(
        short_trainings.config(
            model=ModelConfig("two_tower", readouts="keys", **short_trainings.MODEL)
        ),
        registry.get("union_27").spec,
        distribution.build("none", 1),
    )
    game = registry.get("union_27")
    queries = game.sample(np.random.default_rng(0), 32)
    truth = game.answer(queries).astype(np.float64)
    truth /= truth.sum(axis=1, keepdims=True)

    def loss(scores):  # Cross-entropy against all matching keys, in NumPy.
        return -(truth * log_softmax(scores, axis=1)).sum(axis=1).mean()

    own = trainer.model({"query": queries}).numpy()
    beside = trainer.scorer.trained()({"query": queries}).numpy()[:, 27:]
    batch = {
        "query": tf.constant(queries),
        "key_mask": tf.constant(truth > 0),
        "key": tf.zeros(32, tf.int32),
    }
    found, _ = trainer._scaled_gradient(batch)
    assert loss(own) > 1 and loss(beside) > 1
    np.testing.assert_allclose(found, loss(own) + loss(beside), rtol=1e-5)
