"""The signatures of an exported scorer, as stock TensorFlow functions."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from export import parsing
from set_contrastive.games.game import GameSpec
from set_contrastive.games.grammar import Grammar
from set_contrastive.models.scorer import Scorer

# A function of tensors by name, and the specifications of what it takes.
Endpoint = tuple[Callable[..., dict[str, Any]], list[tf.TensorSpec]]


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
      For late interaction they give `{vectors [B, m_q, D]}`, `{vectors [B, m_k, D]}`.

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
    archive.track(scorer.all_keys_scorer)
    endpoints = _of_numbers(scorer, spec, grammar)
    if grammar is not None:
        parser = parsing.TextParser(spec, grammar)
        archive.track(parser.table)  # A table that nobody tracks is empty when served.
        endpoints |= _of_texts(scorer, spec, parser)
    if scorer.query_encoder is not None and scorer.key_encoder is not None:
        archive.track(scorer.key_encoder)
        endpoints |= _of_vectors(scorer, spec, grammar)
    for name, (function, inputs) in endpoints.items():
        archive.add_endpoint(name, function, inputs)
    return {
        name: {tensor.name for tensor in inputs}
        for name, (_, inputs) in endpoints.items()
    }


# Inputs.


def _query_spec(spec: GameSpec) -> tf.TensorSpec:
    return tf.TensorSpec((None, spec.query_length), tf.int32, name="query")


def _key_spec() -> tf.TensorSpec:
    return tf.TensorSpec((None,), tf.int32, name="key")


def _text_spec() -> tf.TensorSpec:
    return tf.TensorSpec((None,), tf.string, name="query")


# What queries that have been checked are answered with.


def _scored(scorer: Scorer, query: Any) -> dict[str, Any]:
    scores = scorer.all_keys_scorer({"query": query})
    return {"scores": scores, "probabilities": tf.nn.softmax(scores)}


def _ranked(scorer: Scorer, spec: GameSpec, query: Any) -> dict[str, Any]:
    found = _scored(scorer, query)
    keys = tf.argsort(found["scores"], direction="DESCENDING", stable=True)
    return {
        "keys": keys,
        "names": tf.gather(tf.constant(spec.keys), keys),
        **{
            name: tf.gather(values, keys, batch_dims=1)
            for name, values in found.items()
        },
    }


# Signatures, by what they take and give.


def _of_numbers(
    scorer: Scorer, spec: GameSpec, grammar: Grammar | None
) -> dict[str, Endpoint]:
    """Returns the signatures that take queries as numbers and give scores."""

    def serving_default(query: Any, key: Any) -> dict[str, Any]:
        pair = {
            "query": parsing.checked_query(query, spec, grammar),
            "key": parsing.checked_key(key, spec.num_keys, like=query),
        }
        return {"score": scorer.pair_scorer(pair)}

    def score_all(query: Any) -> dict[str, Any]:
        return _scored(scorer, parsing.checked_query(query, spec, grammar))

    def rank(query: Any) -> dict[str, Any]:
        return _ranked(scorer, spec, parsing.checked_query(query, spec, grammar))

    return {
        "serving_default": (serving_default, [_query_spec(spec), _key_spec()]),
        "score_all": (score_all, [_query_spec(spec)]),
        "rank": (rank, [_query_spec(spec)]),
    }


def _of_texts(
    scorer: Scorer, spec: GameSpec, parser: parsing.TextParser
) -> dict[str, Endpoint]:
    """Returns the signatures that take queries as texts and give scores."""

    def score_text(query: Any) -> dict[str, Any]:
        return _scored(scorer, parser(query))

    def rank_text(query: Any) -> dict[str, Any]:
        return _ranked(scorer, spec, parser(query))

    return {
        "score_text": (score_text, [_text_spec()]),
        "rank_text": (rank_text, [_text_spec()]),
    }


def _of_vectors(
    scorer: Scorer, spec: GameSpec, grammar: Grammar | None
) -> dict[str, Endpoint]:
    """Returns the signatures that give vectors, of a scorer that has encoders."""
    query_encoder: Any = scorer.query_encoder
    key_encoder: Any = scorer.key_encoder

    def encode_query(query: Any) -> dict[str, Any]:
        numbers = parsing.checked_query(query, spec, grammar)
        if scorer.several_vectors:
            return {"vectors": query_encoder({"query": numbers})}
        vector = query_encoder({"query": numbers})
        return {"vector": tf.concat([vector, tf.ones_like(vector[:, :1])], axis=1)}

    def encode_key(key: Any) -> dict[str, Any]:
        numbers = parsing.checked_key(key, spec.num_keys)
        if scorer.several_vectors:
            return {"vectors": key_encoder({"key": numbers})}
        vector, bias = key_encoder({"key": numbers})
        return {"vector": tf.concat([vector, bias[:, None]], axis=1)}

    return {
        "encode_query": (encode_query, [_query_spec(spec)]),
        "encode_key": (encode_key, [_key_spec()]),
    }
