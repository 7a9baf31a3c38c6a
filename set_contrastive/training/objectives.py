"""Training objectives on a score matrix of queries and all keys.

Every objective maps scores `[batch, num_keys]`, the truth and one sampled key of
each query to a scalar loss in nats, the mean over the batch. The batch is the
*global* one, over all replicas. With weights `w[i, k]` of the positive keys of query
`i` that sum to one, either the sampled key alone or (`*_support`) uniform on its whole
subset, and scores `s[i, k]`:

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
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from set_contrastive.base.choices import choose

# (scores [batch, num_keys], key_mask bool [batch, num_keys], key int [batch]) -> loss
Objective = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]

# (scores, weights [batch, num_keys], key_mask, mask_false_negatives) -> loss
Loss = Callable[[tf.Tensor, tf.Tensor, tf.Tensor, bool], tf.Tensor]

# Stands for minus infinity, which has no gradient where a whole row is left out.
_LEFT_OUT = -1e9


def cross_entropy(
    scores: tf.Tensor,
    weights: tf.Tensor,
    key_mask: tf.Tensor,
    mask_false_negatives: bool = False,
) -> tf.Tensor:
    """Softmax cross-entropy over all keys, in nats.

    Args:
      scores: float32 `[batch, num_keys]`.
      weights: Share of each positive key, `[batch, num_keys]`; rows sum to one.
      key_mask: bool `[batch, num_keys]`; means nothing here.
      mask_false_negatives: Means nothing here.
    """
    del key_mask, mask_false_negatives
    losses = tf.nn.softmax_cross_entropy_with_logits(labels=weights, logits=scores)
    return tf.reduce_mean(losses)


def infonce(
    scores: tf.Tensor,
    weights: tf.Tensor,
    key_mask: tf.Tensor,
    mask_false_negatives: bool = False,
) -> tf.Tensor:
    """Symmetric InfoNCE with in-batch negatives, in nats.

    Args:
      scores: float32 `[batch, num_keys]`.
      weights: Share of each positive key, `[batch, num_keys]`; rows sum to one.
      key_mask: bool `[batch, num_keys]`, whether a key matches a query.
      mask_false_negatives: Whether denominators hold the positive pair and true
        negatives only: all other matching keys of the batch, repeats of the positive
        included, are left out.
    """
    negatives = scores
    if mask_false_negatives:
        negatives = tf.where(key_mask, _LEFT_OUT, scores)
    log_counts = _log_counts(weights)
    of_query = tf.reduce_logsumexp(negatives + log_counts, axis=1, keepdims=True)
    of_key = tf.reduce_logsumexp(negatives, axis=0, keepdims=True)
    if mask_false_negatives:
        of_query, of_key = _log_add(scores, of_query), _log_add(scores, of_key)
    return _mean_loss(scores, weights, of_query, of_key)


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
}


def get(name: str, mask_false_negatives: bool = False) -> Objective:
    """Returns an objective.

    Args:
      name: A name of `OBJECTIVES`.
      mask_false_negatives: Whether contrastive denominators leave out all keys that
        match too, in place of the positive pair alone.

    Raises:
      UserError: If there is no objective of this name.
    """
    loss, weigh = choose("objective", name, OBJECTIVES)

    def objective(scores: Any, key_mask: Any, key: Any) -> Any:
        scores = tf.cast(scores, tf.float32)
        return loss(scores, weigh(key_mask, key), key_mask, mask_false_negatives)

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
