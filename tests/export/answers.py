"""Writes what a SavedModel answers, with TensorFlow alone, of whatever version.

python answers.py SAVED_MODEL QUERIES.npz ANSWERS.npz
"""

import sys

import numpy as np
import tensorflow as tf


def answers(saved_model: str, symbols: np.ndarray, texts: np.ndarray) -> dict:
    """Returns the scores of all keys, and the ranked names of texts."""
    signatures = tf.saved_model.load(saved_model).signatures
    scored = signatures["score_all"](query=tf.constant(symbols))
    ranked = signatures["rank_text"](query=tf.constant(texts.tolist()))
    return {
        "version": tf.__version__,
        "scores": scored["scores"].numpy(),
        "probabilities": scored["probabilities"].numpy(),
        "names": ranked["names"].numpy().astype(str),
    }


if __name__ == "__main__":
    model, queries, output = sys.argv[1:]
    with np.load(queries) as arrays:
        np.savez(output, **answers(model, arrays["symbols"], arrays["texts"]))
