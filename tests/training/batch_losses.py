"""Small batches of scores, and the losses that the objectives have of them."""

import numpy as np
import tensorflow as tf

from set_contrastive.training import objectives

NAMES = (
    *("infonce", "infonce_support", "cross_entropy", "cross_entropy_support"),
    *("sigmoid", "sigmoid_support", "margin"),
)


def drawn_batch(batch=6, num_keys=5, seed=0):
    """Returns scores, the mask of matching keys, and one of those for each query."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(batch, num_keys)).astype(np.float32)
    mask = rng.random((batch, num_keys)) < 0.5
    mask[np.arange(batch), rng.integers(0, num_keys, batch)] = True
    key = np.array([rng.choice(np.flatnonzero(row)) for row in mask], np.int32)
    return scores, mask, key


def objective(name, masked=False, margin=1.0):
    """Returns an objective by its name."""
    return objectives.get(name, objectives.Options(masked, margin))


def loss_of(name, scores, mask, key, masked=False, margin=1.0):
    """Returns the loss that an objective has of a batch."""
    loss = objective(name, masked, margin)(
        tf.constant(scores), tf.constant(mask), tf.constant(key)
    )
    return float(loss)
