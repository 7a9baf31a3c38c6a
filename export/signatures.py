"""The signatures of an exported scorer, as stock TensorFlow functions."""

from typing import Any

import keras
import tensorflow as tf

from export import parsing
from set_contrastive.games.game import GameSpec
from set_contrastive.games.grammar import Grammar
from set_contrastive.models.scorer import Scorer


def add_signatures(
    archive: keras.export.ExportArchive,
    scorer: Scorer,
    spec: GameSpec,
    grammar: Grammar | None,
) -> dict[str, set[str]]:
    """Adds the endpoints of a scorer to an archive.

    * `serving_default`: `{query [B, T], key [B]} -> {score [B]}`
    * `score_all`: `{query [B, T]} -> {scores [B, K], probabilities [B, K]}`
    * `rank`: `{query [B, T]} -> {keys [B, K], names [B, K], scores [B, K],
      probabilities [B, K]}`, the best key first, ties by key number
    * `score_text`: `{query string [B]}` -> as `score_all`, and `rank_text`, as `rank`,
      if the game has a grammar
    * `encode_query`: `{query [B, T]} -> {vector [B, D]}`, and `encode_key`:
      `{key [B]} -> {vector [B, D]}`, for a two-tower; the inner product of the two is
      the score. A key's bias stands in a last dimension, where the query has a one.

    Symbols, keys and numbers are int32, texts and names are strings, all else is
    float32, and all share the batch dimension. What is no query or key of the game
    ends with INVALID_ARGUMENT, which names the value.

    Args:
      archive: Where to add them.
      scorer: Models in float32.
      spec: The game's specification.
      grammar: How texts are written; None if only the game's Python code knows.

    Returns:
      The names of the inputs of each signature.
    """
    query_spec = tf.TensorSpec((None, spec.query_length), tf.int32, name="query")
    key_spec = tf.TensorSpec((None,), tf.int32, name="key")
    text_spec = tf.TensorSpec((None,), tf.string, name="query")

    def checked(query: Any) -> Any:
        return parsing.checked_query(query, spec, grammar)

    def score_checked(query: Any) -> dict[str, Any]:
        scores = scorer.all_keys_scorer({"query": query})
        return {"scores": scores, "probabilities": tf.nn.softmax(scores)}

    def serving_default(query: Any, key: Any) -> dict[str, Any]:
        pair = {
            "query": checked(query),
            "key": parsing.checked_key(key, spec.num_keys, like=query),
        }
        return {"score": scorer.pair_scorer(pair)}

    def score_all(query: Any) -> dict[str, Any]:
        return score_checked(checked(query))

    def rank_checked(query: Any) -> dict[str, Any]:
        found = score_checked(query)
        keys = tf.argsort(found["scores"], direction="DESCENDING", stable=True)
        return {
            "keys": keys,
            "names": tf.gather(tf.constant(spec.keys), keys),
            **{
                name: tf.gather(values, keys, batch_dims=1)
                for name, values in found.items()
            },
        }

    def rank(query: Any) -> dict[str, Any]:
        return rank_checked(checked(query))

    archive.track(scorer.all_keys_scorer)
    endpoints = {
        "serving_default": (serving_default, [query_spec, key_spec]),
        "score_all": (score_all, [query_spec]),
        "rank": (rank, [query_spec]),
    }
    if grammar is not None:
        parser = parsing.TextParser(spec, grammar)
        archive.track(parser.table)  # A table that nobody tracks is empty when served.

        def score_text(query: Any) -> dict[str, Any]:
            return score_checked(parser(query))

        def rank_text(query: Any) -> dict[str, Any]:
            return rank_checked(parser(query))

        endpoints["score_text"] = score_text, [text_spec]
        endpoints["rank_text"] = rank_text, [text_spec]
    if scorer.query_encoder is not None and scorer.key_encoder is not None:
        archive.track(scorer.key_encoder)
        encode_query, encode_key = _encoders(
            scorer.query_encoder, scorer.key_encoder, spec, checked
        )
        endpoints["encode_query"] = encode_query, [query_spec]
        endpoints["encode_key"] = encode_key, [key_spec]
    for name, (function, inputs) in endpoints.items():
        archive.add_endpoint(name, function, inputs)
    return {
        name: {tensor.name for tensor in inputs}
        for name, (_, inputs) in endpoints.items()
    }


def _encoders(
    query_encoder: Any, key_encoder: Any, spec: GameSpec, checked: Any
) -> tuple[Any, Any]:

    def encode_query(query: Any) -> dict[str, Any]:
        vector = query_encoder({"query": checked(query)})
        return {"vector": tf.concat([vector, tf.ones_like(vector[:, :1])], axis=1)}

    def encode_key(key: Any) -> dict[str, Any]:
        numbers = parsing.checked_key(key, spec.num_keys)
        vector, bias = key_encoder({"key": numbers})
        return {"vector": tf.concat([vector, bias[:, None]], axis=1)}

    return encode_query, encode_key
