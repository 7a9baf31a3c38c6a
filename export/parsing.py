"""Parses and checks queries with stock TensorFlow ops, as exported scorers do.

What is no query of the game raises INVALID_ARGUMENT, which names the offending value.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from set_contrastive.games import grammar as grammar_lib
from set_contrastive.games.game import PADDING
from set_contrastive.games.game import GameSpec


def check(ok: Any, *message: Any) -> tf.Operation:
    """Returns an op that fails with INVALID_ARGUMENT unless `ok` holds.

    Args:
      ok: Whether all is well, bool `[]`.
      *message: Texts, and tensors of which the first entry is told.
    """
    told = [m if isinstance(m, str) else tf.reshape(m[:1], [-1]) for m in message]
    return tf.debugging.Assert(ok, told, summarize=2)


def checked_query(query: Any, spec: GameSpec, grammar: Any) -> Any:
    """Returns a query whose symbols are known to be those of the game.

    Args:
      query: int32 `[B, T]`.
      spec: The game's specification.
      grammar: How texts are written, which says what may stand where; None if nobody
        but the game knows.
    """
    allowed = _allowed_symbols(spec, grammar)
    size = len(spec.vocabulary)
    in_range = (query >= 0) & (query < size)
    column = tf.range(spec.query_length)
    fits = tf.gather_nd(
        tf.constant(allowed),
        tf.stack(
            [tf.broadcast_to(column, tf.shape(query)), tf.where(in_range, query, 0)],
            axis=-1,
        ),
    )
    bad = tf.where(~(in_range & fits))
    bad_values = tf.gather_nd(query, bad)
    empty = tf.reduce_all(query == PADDING, axis=1)
    checks = [
        check(
            tf.size(bad) == 0,
            f"query: {spec.name} has no such symbol at [row, place]",
            bad,
            "got",
            bad_values,
        ),
        check(
            ~tf.reduce_any(empty),
            "query: no symbols but padding in row",
            tf.where(empty),
        ),
    ]
    with tf.control_dependencies(checks):
        return tf.identity(query)


def checked_key(key: Any, num_keys: int, like: Any = None) -> Any:
    """Returns keys that are known to be 0 to `num_keys - 1`.

    Args:
      key: int32 `[B]`.
      num_keys: `K`.
      like: What must have as many rows, as one key would be scored with all queries.
    """
    bad = tf.boolean_mask(key, (key < 0) | (key >= num_keys))
    checks = [check(tf.size(bad) == 0, f"key: expected 0 to {num_keys - 1}, got", bad)]
    if like is not None:
        rows = tf.shape(like)[:1]
        checks.append(
            check(
                tf.reduce_all(tf.shape(key) == rows),
                "key: expected as many as queries,",
                rows,
                "got",
                tf.shape(key),
            )
        )
    with tf.control_dependencies(checks):
        return tf.identity(key)


def _allowed_symbols(spec: GameSpec, grammar: Any) -> np.ndarray[Any, Any]:
    """Returns which symbols may stand at which place, bool `[T, vocabulary]`."""
    shape = (spec.query_length, len(spec.vocabulary))
    if not isinstance(grammar, grammar_lib.Places):
        return np.ones(shape, np.bool_)
    allowed = np.zeros(shape, np.bool_)
    symbols = [place.symbols for place in grammar.places if place.symbols]
    for place, found in enumerate(symbols):
        allowed[place, list(found)] = True
    return allowed


class TextParser(tf.Module):
    """Parses the texts of a game's queries.

    Args:
      spec: The game's specification.
      grammar: How its texts are written.
    """

    def __init__(self, spec: GameSpec, grammar: grammar_lib.Grammar):
        super().__init__()
        self._spec = spec
        self._grammar = grammar
        if isinstance(grammar, grammar_lib.Places):
            tokens = sorted({t for place in grammar.places for t in place.tokens})
        else:
            tokens = list(spec.vocabulary[1:])
        self._tokens = tokens
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.constant(tokens), tf.range(len(tokens), dtype=tf.int32)
            ),
            default_value=-1,
        )

    def __call__(self, texts: Any) -> Any:
        """Returns the queries of texts `[B]`, int32 `[B, T]`."""
        tokens = tf.strings.split(texts)
        if isinstance(self._grammar, grammar_lib.Places):
            return self._parse_places(texts, tokens, self._grammar.places)
        return self._parse_any_order(texts, tokens)

    def _parse_places(
        self, texts: Any, tokens: Any, places: tuple[grammar_lib.Place, ...]
    ) -> Any:
        allowed = np.zeros((len(places), len(self._tokens)), np.bool_)
        symbols = np.zeros(allowed.shape, np.int32)
        for number, place in enumerate(places):
            ids = [self._tokens.index(token) for token in place.tokens]
            allowed[number, ids] = True
            symbols[number, ids] = place.symbols or 0
        wrong_length = tf.boolean_mask(texts, tokens.row_lengths() != len(places))
        dense = tokens.to_tensor("", shape=[None, len(places)])
        ids = self.table.lookup(dense)
        where = tf.stack(
            [
                tf.broadcast_to(tf.range(len(places)), tf.shape(ids)),
                tf.maximum(ids, 0),
            ],
            axis=-1,
        )
        fits = (ids >= 0) & tf.gather_nd(tf.constant(allowed), where)
        bad = tf.where(~fits)
        bad_tokens = tf.gather_nd(dense, bad)
        checks = [
            check(
                tf.size(wrong_length) == 0,
                f"text: {self._spec.name} takes {len(places)} tokens, got",
                wrong_length,
            ),
            check(
                tf.size(bad) == 0,
                "text: no such token may stand at [row, place]",
                bad,
                "got",
                bad_tokens,
            ),
        ]
        with tf.control_dependencies(checks):
            found = tf.gather_nd(tf.constant(symbols), where)
        kept = [number for number, place in enumerate(places) if place.symbols]
        return tf.gather(found, kept, axis=1)

    def _parse_any_order(self, texts: Any, tokens: Any) -> Any:
        flat = self.table.lookup(tokens.flat_values)
        unknown = tf.boolean_mask(tokens.flat_values, flat < 0)
        ids = tf.RaggedTensor.from_row_splits(flat, tokens.row_splits, validate=False)
        size = len(self._tokens)
        counts = tf.reduce_sum(tf.one_hot(ids.to_tensor(-1), size), axis=1)
        twice = tf.boolean_mask(texts, tf.reduce_any(counts > 1, axis=1))
        empty = tf.where(tokens.row_lengths() == 0)
        checks = [
            check(tf.size(unknown) == 0, "text: no such token, got", unknown),
            check(tf.size(twice) == 0, "text: a token comes twice in", twice),
            check(tf.size(empty) == 0, "text: no token in row", empty),
        ]
        with tf.control_dependencies(checks):
            numbers = tf.range(1, size + 1)
            listed = tf.sort(tf.where(counts > 0, numbers, size + 1), axis=1)
        query = tf.where(listed > size, PADDING, listed)
        return query[:, : self._spec.query_length]
