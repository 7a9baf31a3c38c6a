"""The signatures of an exported scorer, as stock TensorFlow functions."""

from typing import Any

import keras
import tensorflow as tf

from set_contrastive.games.game import GameSpec
from set_contrastive.models.scorer import Scorer


def add_signatures(
    archive: keras.export.ExportArchive, scorer: Scorer, spec: GameSpec
) -> None:
    """Adds the endpoints of a scorer to an archive.

    * `serving_default`: `{query [B, T], key [B]} -> {score [B]}`
    * `score_all`: `{query [B, T]} -> {scores [B, K], probabilities [B, K]}`

    All inputs are int32, all outputs float32, and all share the batch dimension.

    Args:
      archive: Where to add them.
      scorer: Models in float32.
      spec: The game's specification.
    """
    query = tf.TensorSpec((None, spec.query_length), tf.int32, name="query")
    key = tf.TensorSpec((None,), tf.int32, name="key")

    def serving_default(query: Any, key: Any) -> dict[str, Any]:
        return {"score": scorer.pair_scorer({"query": query, "key": key})}

    def score_all(query: Any) -> dict[str, Any]:
        scores = scorer.support_scorer({"query": query})
        return {"scores": scores, "probabilities": tf.nn.softmax(scores)}

    archive.track(scorer.support_scorer)
    archive.add_endpoint(
        "serving_default", serving_default, input_signature=[query, key]
    )
    archive.add_endpoint("score_all", score_all, input_signature=[query])
