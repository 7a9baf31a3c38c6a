"""What falls when free vectors are trained, with gradients by the scores.

With scores s divided by the temperature, S a query's keys, and
means over the queries, the objectives are

* `softmax`: `log sum_k exp(s_k) - mean over S of s_k`, the cross-entropy of the softmax
  over all keys against the uniform distribution on S;
* `infonce`: the same; arXiv 2508.21038 calls it so;
* `sigmoid`: `sum_k log(1 + exp(-+ (s_k + bias)))`, - on S and + elsewhere, with one
  bias for all, trained too (SigLIP, arXiv 2303.15343);
* `margin`: `max(0, 1 - (least score on S - largest elsewhere))`;
* `ranking`: `log(1 + sum over k in S, l not in S of exp(s_l - s_k))`, a smooth form of
  the largest wrong difference: it asks for nothing beyond the order.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from set_contrastive.games.game import KeyMask

Vectors = npt.NDArray[Any]  # float32 or float64, as the training's settings say.


@dataclasses.dataclass(frozen=True)
class Relation:
    """What an objective needs to know of the queries and their keys.

    Attributes:
      mask: Whether a key matches a query, bool `[N, K]`.
      weights: Weight of each query, `[N, 1]`; an objective is the weighted sum.
      inverse: `1 / weights`, `[N, 1]`.
      target: `weights * mask / (number of matching keys)`, `[N, K]`.
      places: Matching keys, `[N, k]`, if all queries have equally many and equal
        weights, else None. A loss over them is the same to the last bit then, however
        many keys there are.
    """

    mask: KeyMask
    weights: Vectors
    inverse: Vectors
    target: Vectors
    places: npt.NDArray[np.intp] | None

    @classmethod
    def of_mask(
        cls, mask: KeyMask, weights: npt.ArrayLike | None, dtype: npt.DTypeLike
    ) -> "Relation":
        """Returns the relation of a mask; equal weights that sum to 1 by default."""
        sizes = mask.sum(axis=1, keepdims=True)
        if not (len(mask) and 0 < sizes.min() and sizes.max() < mask.shape[1]):
            raise ValueError(
                "mask must hold subsets, none of them empty or of all keys"
            )
        if weights is not None and np.min(weights) <= 0:
            raise ValueError("weights must be above 0")
        alike = weights is None and bool((sizes == sizes[0]).all())
        each = 1 / len(mask) if weights is None else weights
        column = np.broadcast_to(each, len(mask)).reshape(-1, 1).astype(np.float64)
        return cls(
            mask,
            column.astype(dtype),
            (1 / column).astype(dtype),
            (column * mask / sizes).astype(dtype),
            np.nonzero(mask)[1].reshape(len(mask), -1) if alike else None,
        )

    def mean_on_keys(self, values: Vectors) -> Vectors:
        """Returns the weighted mean over the matching keys of `[R, N, K]`, `[R]`."""
        if self.places is None:
            total: Vectors = np.einsum("nk,rnk->r", self.target, values)
            return total
        rows = np.arange(len(self.mask))[:, None]
        mean: Vectors = values[:, rows, self.places].reshape(len(values), -1).mean(1)
        return mean

    def mean(self, values: Vectors) -> Vectors:
        """Returns the sum of `[R, N, k]`, each query's part weighted, `[R]`."""
        if self.places is None:
            total: Vectors = np.einsum("n,rnk->r", self.weights[:, 0], values)
            return total
        mean: Vectors = values.reshape(len(values), -1).sum(axis=1) / len(self.mask)
        return mean


# Loss `[R]` and gradient `[R, N, K]` from scores `[R, N, K]` and biases `[R, 1, 1]`.
Objective = Callable[[Vectors, Relation, Vectors], tuple[Vectors, Vectors]]


def _softmax(
    scores: Vectors, relation: Relation, bias: Vectors
) -> tuple[Vectors, Vectors]:
    del bias
    # In place, with one exponential: logsumexp of SciPy takes as long as a whole step.
    shifted = scores - scores.max(axis=2, keepdims=True)
    slope = np.exp(shifted)
    totals = slope.sum(axis=2, keepdims=True)
    loss = relation.mean(np.log(totals)) - relation.mean_on_keys(shifted)
    slope /= totals * relation.inverse
    slope -= relation.target
    return loss, slope


def _margin(
    scores: Vectors, relation: Relation, bias: Vectors
) -> tuple[Vectors, Vectors]:
    del bias
    inside = np.where(relation.mask, scores, np.inf)
    outside = np.where(relation.mask, -np.inf, scores)
    lower = inside.argmin(axis=2)[:, :, None]
    rival = outside.argmax(axis=2)[:, :, None]
    short = 1.0 - (
        np.take_along_axis(inside, lower, 2) - np.take_along_axis(outside, rival, 2)
    )
    counted = np.where(short > 0, relation.weights, relation.weights.dtype.type(0))
    slope = np.zeros_like(scores)
    np.put_along_axis(slope, lower, -counted, axis=2)
    np.put_along_axis(slope, rival, counted, axis=2)
    return relation.mean(np.maximum(short, 0.0)), slope


def _sigmoid(
    scores: Vectors, relation: Relation, bias: Vectors
) -> tuple[Vectors, Vectors]:
    logits = scores + bias
    wrong = np.where(relation.mask, -logits, logits)  # Large where it is wrong.
    tail = np.exp(-np.abs(wrong))
    loss = relation.mean(np.maximum(wrong, 0.0) + np.log1p(tail))
    slope = np.where(wrong > 0, scores.dtype.type(1), tail)
    slope /= (1.0 + tail) * relation.inverse
    return loss, np.where(relation.mask, -slope, slope)


def _ranking(
    scores: Vectors, relation: Relation, bias: Vectors
) -> tuple[Vectors, Vectors]:
    del bias
    outside = np.where(relation.mask, -np.inf, scores)
    inside = np.where(relation.mask, -scores, -np.inf)
    log_out = special.logsumexp(outside, axis=2, keepdims=True)
    log_in = special.logsumexp(inside, axis=2, keepdims=True)
    total = log_out + log_in
    chance = 0.5 * (1 + np.tanh(0.5 * total)) * relation.weights
    slope = chance * (np.exp(outside - log_out) - np.exp(inside - log_in))
    return relation.mean(np.logaddexp(0.0, total)), slope


OBJECTIVES: dict[str, Objective] = {
    "softmax": _softmax,
    "infonce": _softmax,
    "sigmoid": _sigmoid,
    "margin": _margin,
    "ranking": _ranking,
}
