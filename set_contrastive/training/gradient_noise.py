r"""The gradient noise scale of arXiv 1812.06162: how large a batch still pays.

With the gradient G of the expected loss and the covariance Sigma of the gradient of one
example, the simple noise scale is

    B_noise = tr(Sigma) / |G|^2,

in examples. A batch far below it averages little that could be averaged away, one far
above it repeats what a smaller one says. Of n batches of B examples, with gradients g_i
and their mean g, appendix A.1 has the estimates without bias

    small = mean_i |g_i|^2,  big = |g|^2
    |G|^2      = (n big - small) / (n - 1)
    tr(Sigma)  = B (small - big) / (1 - 1 / n).

Their ratio is biased, and the first may come out negative where the gradient is small
against its noise; then the scale says nothing and is not a number. For losses with
in-batch negatives an example's gradient depends on the batch, so there it is what the
formula gives and no more.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import tensorflow as tf

# A batch -> the gradient by each weight
Gradient = Callable[[dict[str, tf.Tensor]], Sequence[tf.Tensor]]


def measure(
    gradient: Gradient, batches: Iterable[dict[str, tf.Tensor]], batch_size: int
) -> float:
    """Returns the noise scale, in examples; NaN where the estimate says nothing.

    Args:
      gradient: Returns the gradient of a batch's mean loss.
      batches: At least two batches.
      batch_size: Examples of each, B.
    """
    squares, total = [], None
    for batch in batches:
        found = gradient(batch)
        squares.append(float(tf.linalg.global_norm(found)) ** 2)
        total = (
            found
            if total is None
            else [a + b for a, b in zip(total, found, strict=True)]
        )
    mean_square = (float(tf.linalg.global_norm(total)) / len(squares)) ** 2
    return noise_scale(squares, mean_square, batch_size)


def noise_scale(squares: Sequence[float], mean_square: float, batch_size: int) -> float:
    """Returns the noise scale, in examples; NaN where the estimate says nothing.

    Args:
      squares: Squared length of each batch's gradient, at least two.
      mean_square: Squared length of their mean.
      batch_size: Examples of a batch.
    """
    count = len(squares)
    small = sum(squares) / count
    signal = (count * mean_square - small) / (count - 1)
    noise = batch_size * (small - mean_square) / (1 - 1 / count)
    return noise / signal if signal > 0 else math.nan
