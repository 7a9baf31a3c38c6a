"""A game some of whose keys are more frequent than others.

Key k has the frequency `w_k`, and a query's positive is drawn from its matching keys
S_q in proportion to it:

    p(k | q) = w_k 1[k in S_q] / w(S_q),  w(S) = sum_{k in S} w_k

Two ways to draw the pairs of a corpus have these conditionals and differ in the rest:

* `key_first`: a key is drawn by its frequency, then one of the queries that match it,
  all alike, so `p(q) ~ w(S_q)`. As every key of the set games is matched by as many
  queries, `p(k) = w_k`, and the PMI is `log p(k | q) / p(k) = -log w(S_q)` on S_q: the
  same for all matching keys.
* `query_first`: a query is drawn as the game does, then its key. Then
  `p(k) = w_k E_q[1[k in S_q] / w(S_q)]`, flatter than w, and the PMI keeps some of the
  frequencies.
"""

import dataclasses
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from set_contrastive.base.arrays import FloatArray
from set_contrastive.base.errors import UserError
from set_contrastive.games.game import Game
from set_contrastive.games.game import KeyMask
from set_contrastive.games.game import Queries

Pairing = Literal["key_first", "query_first"]
PAIRINGS: tuple[Pairing, ...] = get_args(Pairing)


def zipf_weights(num_keys: int, exponent: float) -> FloatArray:
    """Frequencies of Zipf's law, `w ~ 1 / rank^exponent`, float64 `[num_keys]`.

    Which key has which rank is drawn once, the same for all: neighbours in the order of
    the keys share attributes, and frequency should not follow attributes.
    """
    if not 0 <= exponent < np.inf:
        raise UserError(f"zipf must be at least 0 and finite, got {exponent}")
    ranks = 1.0 + np.random.default_rng(27).permutation(num_keys)
    weights = ranks**-exponent
    return np.asarray(weights / weights.sum(), np.float64)


@dataclasses.dataclass(frozen=True, eq=False)
class SkewedGame:
    """A game with frequencies of its keys.

    Attributes:
      game: The game; each of its keys is matched by as many of its queries.
      weights: The frequencies, `[K]`, that sum to one.
      pairing: How pairs are drawn.
    """

    game: Game
    weights: FloatArray
    pairing: Pairing

    def sample(self, rng: np.random.Generator, n: int) -> tuple[Queries, KeyMask]:
        """Draws queries, int32 `[n, T]`, and the keys that match, bool `[n, K]`."""
        if self.pairing == "query_first":
            queries = self.game.sample(rng, n)
            return queries, self.game.answer(queries)
        found, left = [], n
        while left > 0:
            queries = self.game.sample(rng, 2 * left + 64)
            masks = self.game.answer(queries)
            # w(S_q) is the chance that S_q holds a key that was drawn first.
            kept = rng.random(len(queries)) < masks @ self.weights
            found.append((queries[kept][:left], masks[kept][:left]))
            left -= len(found[-1][0])
        all_queries, all_masks = zip(*found, strict=True)
        return np.concatenate(all_queries), np.concatenate(all_masks)

    def conditional(self, masks: KeyMask) -> FloatArray:
        """`p(k | q)`, float64 `[n, K]`."""
        weights = masks * self.weights
        shares: FloatArray = weights / weights.sum(axis=1, keepdims=True)
        return shares

    def draw_keys(
        self, rng: np.random.Generator, masks: KeyMask
    ) -> npt.NDArray[np.int32]:
        """Draws a positive key for each query, int32 `[n]`."""
        reached = self.conditional(masks).cumsum(axis=1)
        # Scaled, as rounding may leave the last sum below one.
        place = rng.random((len(masks), 1)) * reached[:, -1:]
        keys: npt.NDArray[np.int32] = (reached > place).argmax(axis=1).astype(np.int32)
        return keys

    def key_marginal(self, rng: np.random.Generator, n: int) -> FloatArray:
        """`p(k)`, `[K]`: exact for key_first, else the mean over n queries."""
        if self.pairing == "key_first":
            return self.weights
        masks = self.sample(rng, n)[1]
        mean: FloatArray = self.conditional(masks).mean(axis=0)
        return mean
