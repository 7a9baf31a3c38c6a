"""Attributions from gradients of a score at the embedded query.

A symbol's embedding is a sum of parts, `e[t] = sum_c part[t, c]`: one for each value of
an attribute and its own. With the explained number F of the embedded query and the
embeddings of a baseline, the attribution of part c of symbol t is an inner product:

* gradient x input (arXiv 1312.6034, 1605.01713): `<dF/de[t] at e, part[t, c]>`
* integrated gradients (arXiv 1703.01365): with the part `base[c]` of the baseline,

      < integral over a from 0 to 1 of dF/de[t] at base + a (e - base),
        part[t, c] - base[c] >

  whose sum over t and c is `F(e) - F(base)` (completeness).
"""

import dataclasses
from collections.abc import Callable
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from set_contrastive.games.game import Queries
from set_contrastive.models import query_encoder

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.integer]

Explained = Literal["score", "log_probability"]
Baseline = Literal["zero", "mean"]

_BATCH = 256
_FEWEST_POINTS = 32
_MOST_POINTS = 512


def explained_numbers(scores: Any, keys: Any, explained: Explained) -> Any:
    """Returns the explained number of each row of scores `[n, K]`, `[n]`.

    Its score; or its log probability, the score less the logsumexp of the scores of all
    keys. Losses that are a softmax over the keys do not see a number added to all
    scores of a query, so the score of such a model has a part that means nothing.
    """
    score = tf.gather(scores, keys, batch_dims=1)
    if explained == "score":
        return score
    return score - tf.reduce_logsumexp(scores, axis=1)


@dataclasses.dataclass(frozen=True)
class Integrated:
    """Integrated gradients of some queries, and whether they add up.

    Attributes:
      values: `[n, T, C]`, by symbol and part.
      difference: The number at the query less that at the baseline, `[n]`.
      points: Number of points of the integral, `[n]`.
      complete: Whether the values add up to the difference, up to the tolerance, `[n]`.
    """

    values: Floats
    difference: Floats
    points: npt.NDArray[np.int64]
    complete: npt.NDArray[np.bool_]

    @property
    def error(self) -> Floats:
        """The sum of the values less the difference, `[n]`."""
        error: Floats = self.values.sum(axis=(1, 2)) - self.difference
        return error


class Gradients:
    """Gradients of a scorer at the embedded query.

    Args:
      all_keys_scorer: `{query [B, T]} -> scores [B, K]`, of any family.
      explained: The number that is explained.
      baseline: Embedding of every symbol of the baseline: `zero`, as arXiv 1703.01365
        has it for text, or the `mean` of all symbols.
      tolerance: How far integrated gradients may be from complete, as a share of the
        difference, or of 1 where that is less.

    Raises:
      ValueError: If the project's encoder does not read the scorer's queries, so that
        nobody knows where their symbols are embedded.
    """

    def __init__(
        self,
        all_keys_scorer: keras.Model,
        explained: Explained,
        baseline: Baseline = "zero",
        tolerance: float = 0.01,
    ):
        symbols = query_encoder.symbols_of(all_keys_scorer)
        if symbols is None:
            raise ValueError(f"{all_keys_scorer.name} has no embedding of symbols")
        self._parts = symbols.parts()
        # float32 [C, d_model]; symbol 0 is padding.
        self._base = self._parts[1:].mean(axis=0) * (baseline == "mean")
        self._tolerance = tolerance
        scorer = query_encoder.from_embedded(all_keys_scorer)

        @tf.function(reduce_retracing=True)
        def number_and_gradient(query: Any, embedded: Any, key: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(embedded)
                scores = scorer([query, embedded], training=False)
                numbers = explained_numbers(scores, key, explained)
            return numbers, tape.gradient(numbers, embedded)

        self._number_and_gradient: Callable[..., Any] = number_and_gradient

    def times_input(self, queries: Queries, keys: Keys) -> Floats:
        """Returns gradient x input of each symbol and part, `[n, T, C]`.

        Args:
          queries: int32 `[n, T]`.
          keys: The key of each query, `[n]`.
        """
        gradients, _ = self._at(1.0, queries, keys)
        return _products(gradients, self._parts[queries])

    def integrated(self, queries: Queries, keys: Keys) -> Integrated:
        """Returns integrated gradients, with as many points as completeness takes.

        The integral is Gauss and Legendre's, of 32 points and then of twice as many for
        the queries whose values do not add up, up to 512.

        Args:
          queries: int32 `[n, T]`.
          keys: The key of each query, `[n]`.
        """
        parts = self._parts[queries] - self._base
        _, ends = self._at(1.0, queries, keys)
        _, starts = self._at(0.0, queries, keys)
        difference = ends - starts
        allowed = self._tolerance * np.maximum(np.abs(difference), 1.0)
        values = np.zeros(parts.shape[:3])
        points = np.zeros(len(queries), np.int64)
        open_rows: Keys = np.arange(len(queries))
        number = _FEWEST_POINTS
        while open_rows.size and number <= _MOST_POINTS:
            mean = self._mean_gradient(number, queries[open_rows], keys[open_rows])
            values[open_rows] = _products(mean, parts[open_rows])
            points[open_rows] = number
            error = np.abs(values.sum(axis=(1, 2)) - difference)
            open_rows, number = np.flatnonzero(error > allowed), 2 * number
        error = np.abs(values.sum(axis=(1, 2)) - difference)
        return Integrated(values, difference, points, error <= allowed)

    def _mean_gradient(self, number: int, queries: Queries, keys: Keys) -> Floats:
        """Returns the gradients' integral between baseline and query, `[n, T, d]`."""
        places, weights = np.polynomial.legendre.leggauss(number)
        mean: Floats = np.sum(
            [
                weight / 2 * self._at((place + 1) / 2, queries, keys)[0]
                for place, weight in zip(places, weights, strict=True)
            ],
            axis=0,
        )
        return mean

    def _at(self, share: float, queries: Queries, keys: Keys) -> tuple[Floats, Floats]:
        """Returns gradients `[n, T, d]` and numbers `[n]` at a share of the way."""
        base = self._base.sum(axis=0)
        found = []
        for first in range(0, len(queries), _BATCH):
            some = slice(first, first + _BATCH)
            embedded = self._parts[queries[some]].sum(axis=2)
            between = base + np.float32(share) * (embedded - base)
            found.append(
                self._number_and_gradient(
                    tf.constant(queries[some], tf.int32),
                    tf.constant(between, tf.float32),
                    tf.constant(keys[some], tf.int32),
                )
            )
        numbers, gradients = zip(*found, strict=True)
        return (
            np.concatenate([g.numpy() for g in gradients]).astype(np.float64),
            np.concatenate([n.numpy() for n in numbers]).astype(np.float64),
        )


def _products(gradients: Floats, parts: npt.NDArray[np.float32]) -> Floats:
    """Inner products of gradients `[n, T, d]` and parts `[n, T, C, d]`, `[n, T, C]`."""
    products: Floats = np.einsum("ntd,ntcd->ntc", gradients, parts)
    return products
