"""Training objectives on a score matrix of queries and all keys.

Every objective maps scores `[batch, num_keys]`, the truth and one sampled key of each
query to a scalar loss in nats, the mean over the *global* batch of all replicas. With
weights `w[i, k]` of the positive keys of query `i` that sum to one, either the sampled
key alone or (`*_support`) uniform on its whole subset, and scores `s[i, k]`:

* `cross_entropy`: `mean_i sum_k w[i, k] (logsumexp_k' s[i, k'] - s[i, k])`.
* `infonce`: half the sum of the query's and the key's term of CLIP
  (arXiv 2103.00020). In-batch keys repeat, since there are few; with
  `n[k] = sum_i w[i, k]`, the number of times that key `k` is in the batch,

      query: mean_i sum_k w[i, k] (logsumexp_k' (s[i, k'] + log n[k']) - s[i, k])
      key:   mean_i sum_k w[i, k] (logsumexp_i' s[i', k] - s[i, k])

  which for sampled keys is exactly the loss over the `[batch, batch]` matrix of
  in-batch pairs. For `infonce_support` the weights are those of the whole subset, so
  `n / batch` is the key marginal of the batch. Both have the same optimum, the
  pointwise mutual information of query and key, up to a constant.
* `sigmoid`: SigLIP's loss (arXiv 2303.15343) over the `[batch, batch]` matrix of
  pairs, each a logistic regression on whether it is a positive pair, with one bias b:

      mean_i sum_k w[i, k] log(1 + exp(-s[i, k] - b))
                   + (n[k] - w[i, k]) log(1 + exp(s[i, k] + b))

  Its optimum for a batch of B pairs that holds all as often as they are drawn is
  `s + b = log p(q, k) / (B p(q) p(k) - p(q, k))`, so for a large batch the pointwise
  mutual information minus log B: the same as InfoNCE's, but for one number in place of
  one for each query.
* `sigmoid_support`: the same over all keys and the whole subset S of each query,

      mean_i mean_k log(1 + exp(-+ (s[i, k] + b))),   - on S and + elsewhere.

  Its optimum is the log-odds of a match, `s + b = log p(k in S | q) / p(k not in
  S | q)`. Where a query has one subset it lies at infinity; then one threshold for all
  queries parts their keys from all others, which a softmax does not ask for.
* `margin`: softmax with an additive margin m on the positives (arXiv 1902.08564), over
  all keys and the whole subset,

      mean_i sum_k w[i, k] (logsumexp_k' (s[i, k'] - m 1[k' in S]) - s[i, k] + m),

  `cross_entropy_support` of scores whose positives are lowered. Its optimum is where
  the softmax of the lowered scores, in the mean over the subsets S of a query, is
  p(k | q); for one subset it is at infinity, as without the margin, and finite scores
  go on to be driven apart by m more. Where one query has several subsets, a larger
  margin overstates the larger shares.

The bias of the sigmoid losses is the best one for each batch (logistic_loss.py).
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from set_contrastive.base.choices import choose
from set_contrastive.training.logistic_loss import logistic_loss

# (scores [batch, num_keys], key_mask bool [batch, num_keys], key int [batch]) -> loss
Objective = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]

# Stands for minus infinity, which has no gradient where a whole row is left out.
_LEFT_OUT = -1e9


@dataclasses.dataclass(frozen=True)
class Options:
    """What an objective may be told.

    Attributes:
      mask_false_negatives: Whether contrastive denominators leave out all keys that
        match too, in place of the positive pair alone.
      margin: By how much `margin` lowers the scores of positives.
    """

    mask_false_negatives: bool = False
    margin: float = 1.0


# (scores, weights [batch, num_keys], key_mask, options) -> loss
Loss = Callable[[tf.Tensor, tf.Tensor, tf.Tensor, Options], tf.Tensor]


def cross_entropy(
    scores: tf.Tensor,
    weights: tf.Tensor,
    key_mask: tf.Tensor,
    options: Options,
) -> tf.Tensor:
    """Softmax cross-entropy over all keys, in nats.

    Args:
      scores: float32 `[batch, num_keys]`.
      weights: Share of each positive key, `[batch, num_keys]`; rows sum to one.
      key_mask: bool `[batch, num_keys]`; means nothing here.
      options: Mean nothing here.
    """
    del key_mask, options
    losses = tf.nn.softmax_cross_entropy_with_logits(labels=weights, logits=scores)
    return tf.reduce_mean(losses)


def infonce(
    scores: tf.Tensor,
    weights: tf.Tensor,
    key_mask: tf.Tensor,
    options: Options,
) -> tf.Tensor:
    """Symmetric InfoNCE with in-batch negatives, in nats.

    Args:
      scores: float32 `[batch, num_keys]`.
      weights: Share of each positive key, `[batch, num_keys]`; rows sum to one.
      key_mask: bool `[batch, num_keys]`, whether a key matches a query.
      options: With `mask_false_negatives` denominators hold the positive pair and true
        negatives only: all other matching keys of the batch, repeats of the positive
        included, are left out.
    """
    negatives = scores
    if options.mask_false_negatives:
        negatives = tf.where(key_mask, _LEFT_OUT, scores)
    log_counts = _log_counts(weights)
    of_query = tf.reduce_logsumexp(negatives + log_counts, axis=1, keepdims=True)
    of_key = tf.reduce_logsumexp(negatives, axis=0, keepdims=True)
    if options.mask_false_negatives:
        of_query, of_key = _log_add(scores, of_query), _log_add(scores, of_key)
    return _mean_loss(scores, weights, of_query, of_key)


def sigmoid(
    scores: tf.Tensor,
    weights: tf.Tensor,
    key_mask: tf.Tensor,
    options: Options,
) -> tf.Tensor:
    """SigLIP's loss over the in-batch pairs, in nats, with the best bias.

    Args:
      scores: float32 `[batch, num_keys]`.
      weights: One for the sampled key of each query, `[batch, num_keys]`.
      key_mask: bool `[batch, num_keys]`, whether a key matches a query.
      options: With `mask_false_negatives` other matching keys of the batch, repeats of
        the positive included, are left out of the negatives.
    """
    negatives = tf.reduce_sum(weights, axis=0) - weights
    if options.mask_false_negatives:
        negatives = tf.where(key_mask, 0.0, negatives)
    return logistic_loss(scores, weights, negatives)


def sigmoid_support(
    scores: tf.Tensor,
    weights: tf.Tensor,
    key_mask: tf.Tensor,
    options: Options,
) -> tf.Tensor:
    """Logistic loss of all keys against the whole subset, in nats, the mean over keys.

    Args:
      scores: float32 `[batch, num_keys]`.
      weights: Mean nothing here, where all positives count alike.
      key_mask: bool `[batch, num_keys]`, whether a key matches a query.
      options: Mean nothing here.
    """
    del weights, options
    share = 1.0 / scores.shape[1]
    positives = share * tf.cast(key_mask, tf.float32)
    return logistic_loss(scores, positives, share - positives)


def margin(
    scores: tf.Tensor,
    weights: tf.Tensor,
    key_mask: tf.Tensor,
    options: Options,
) -> tf.Tensor:
    """Softmax cross-entropy of scores whose positives are lowered, in nats.

    Args:
      scores: float32 `[batch, num_keys]`.
      weights: Share of each positive key, `[batch, num_keys]`; rows sum to one.
      key_mask: bool `[batch, num_keys]`, whether a key matches a query.
      options: `margin` is by how much.
    """
    lowered = scores - options.margin * tf.cast(key_mask, tf.float32)
    return cross_entropy(lowered, weights, key_mask, options)


def _sampled_key(key_mask: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Returns the weights of one sampled key per query."""
    return tf.one_hot(key, key_mask.shape[1])


def _whole_support(key_mask: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Returns weights that are uniform on all matching keys."""
    del key
    mask = tf.cast(key_mask, tf.float32)
    return mask / tf.reduce_sum(mask, axis=1, keepdims=True)


# What is minimized, and the weights of the positive keys in it.
OBJECTIVES: dict[str, tuple[Loss, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]]] = {
    "infonce": (infonce, _sampled_key),
    "infonce_support": (infonce, _whole_support),
    "cross_entropy": (cross_entropy, _sampled_key),
    "cross_entropy_support": (cross_entropy, _whole_support),
    "sigmoid": (sigmoid, _sampled_key),
    "sigmoid_support": (sigmoid_support, _whole_support),
    "margin": (margin, _whole_support),
}


def get(name: str, options: Options | None = None) -> Objective:
    """Returns an objective.

    Args:
      name: A name of `OBJECTIVES`.
      options: What it is told beside scores and keys.

    Raises:
      UserError: If there is no objective of this name.
    """
    told = options or Options()
    loss, weigh = choose("objective", name, OBJECTIVES)

    def objective(scores: Any, key_mask: Any, key: Any) -> Any:
        scores = tf.cast(scores, tf.float32)
        return loss(scores, weigh(key_mask, key), key_mask, told)

    return objective


def _log_counts(weights: tf.Tensor) -> tf.Tensor:
    counts = tf.reduce_sum(weights, axis=0)
    return tf.where(counts > 0, tf.math.log(tf.maximum(counts, 1e-30)), _LEFT_OUT)


def _log_add(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    return tf.maximum(a, b) + tf.math.softplus(-tf.abs(a - b))


def _mean_loss(
    scores: tf.Tensor, weights: tf.Tensor, *log_denominators: tf.Tensor
) -> tf.Tensor:
    terms = [
        tf.reduce_mean(tf.reduce_sum(weights * (denominator - scores), axis=1))
        for denominator in log_denominators
    ]
    return tf.add_n(terms) / len(terms)
