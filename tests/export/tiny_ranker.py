"""A SavedModel that ranks by the length of the text: small, and loaded at once.

It takes two words or more.
"""

import pathlib

import numpy as np
import tensorflow as tf

NAMES = ("short", "long")


class _Ranker(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="query")])
    def rank_text(self, query):
        alone = tf.boolean_mask(query, ~tf.strings.regex_full_match(query, ".* .*"))
        tf.debugging.Assert(tf.size(alone) == 0, ["text: expected words, got", alone])
        is_long = tf.strings.length(query) > 10
        order = tf.where(is_long[:, None], [[1, 0]], [[0, 1]])
        scores = tf.ones_like(order, tf.float32) * tf.math.log([3.0, 1.0])
        return {
            "keys": order,
            "names": tf.gather(tf.constant(NAMES), order),
            "scores": scores,
            "probabilities": tf.nn.softmax(scores),
        }


def save(folder: pathlib.Path) -> None:
    """Writes the model; the best key has the probability 3/4."""
    ranker = _Ranker()
    tf.saved_model.save(ranker, str(folder), {"rank_text": ranker.rank_text})
    assert np.allclose(ranker.rank_text(["a b"])["probabilities"], [[0.75, 0.25]])
