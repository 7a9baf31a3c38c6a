"""The logistic loss of pairs, with the best bias for the scores of the batch.

The best bias is found in each step. SigLIP (arXiv 2303.15343) trains it; there it
follows the scores slowly, and starts at -10, as the first steps would otherwise be
spent on its way. The best bias is where a trained one tends to, it makes the loss blind
to a number added to all scores, as all other objectives are, and an objective stays a
function without a state of its own. The gradient by the scores is that with the bias
held, since there the slope by the bias is zero.
SigLIP's temperature is that of the model: the length of the vectors, or of cosines
`learn_temperature`.
"""

import tensorflow as tf

# Halvings of the interval that the best bias is in, after which it is exact in float32.
_HALVINGS = 40
# If all pairs are positive or none is, the best bias is infinite; this is far enough.
_LARGEST_LOG_ODDS = 20.0


def logistic_loss(
    scores: tf.Tensor, positives: tf.Tensor, negatives: tf.Tensor
) -> tf.Tensor:
    """Returns the logistic loss at the best bias, the mean over rows.

    Args:
      scores: `[batch, num_keys]`.
      positives: Weight of each cell as a positive one, `[batch, num_keys]`.
      negatives: The same as a negative one.
    """
    logits = scores + _best_bias(scores, positives, negatives)
    losses = positives * tf.nn.softplus(-logits) + negatives * tf.nn.softplus(logits)
    return tf.reduce_mean(tf.reduce_sum(losses, axis=1))


def _best_bias(
    scores: tf.Tensor, positives: tf.Tensor, negatives: tf.Tensor
) -> tf.Tensor:
    """Returns the number to add to all scores at which the logistic loss is least.

    There `sum (positives + negatives) sigmoid(s + b)`, the expected weight of the
    positives, is their weight. It rises with b, so halving an interval finds it.
    """
    scores, weights = tf.stop_gradient(scores), positives + negatives
    wanted = tf.reduce_sum(positives)
    log_odds = tf.math.log(wanted) - tf.math.log(tf.reduce_sum(negatives))
    log_odds = tf.clip_by_value(log_odds, -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS)
    # With all scores at the highest, or the lowest, of them the answer is known.
    low = log_odds - tf.reduce_max(scores)
    high = log_odds - tf.reduce_min(scores)

    def halve(low: tf.Tensor, high: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        middle = 0.5 * (low + high)
        too_low = tf.reduce_sum(weights * tf.sigmoid(scores + middle)) < wanted
        return tf.where(too_low, middle, low), tf.where(too_low, high, middle)

    low, high = tf.while_loop(
        lambda low, high: True,
        halve,
        (low, high),
        maximum_iterations=_HALVINGS,
    )
    return tf.stop_gradient(0.5 * (low + high))
