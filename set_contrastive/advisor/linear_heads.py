"""Linear maps of queries and documents, trained by this project's objective."""

import functools
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from set_contrastive.training import objectives

Float32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]

# In units of the entries of an orthogonal matrix, which are about 1 / sqrt(D).
_LEARNING_RATE = 0.02


class LinearHeads(keras.layers.Layer):
    """Scores `e^s (q W_q) . (x W_d)` of queries `q` and documents `x`.

    Args:
      width: Coordinates of the vectors, D.
      dim: Coordinates of what they are mapped to, d.
      documents_too: Whether `W_d` is trained.
      few_documents: Whether there are fewer documents than queries, so that
        `W_q (W_d x)` costs less than `W_q q`. The scores are the same.
    """

    def __init__(
        self, width: int, dim: int, documents_too: bool, few_documents: bool
    ) -> None:
        super().__init__(dtype="float32")
        self._few_documents = few_documents
        self.query = self.add_weight((width, dim), "zeros", name="query")
        self.document = self.add_weight(
            (width, dim), "zeros", name="document", trainable=documents_too
        )
        self.log_scale = self.add_weight((), "zeros", name="log_scale")
        self.built = True

    def call(self, queries: Any, documents: Any) -> Any:
        """Returns scores `[Q, N]` of queries `[Q, D]` and documents `[N, D]`."""
        mapped = documents @ self.document
        if self._few_documents:
            scores = queries @ (self.query @ tf.transpose(mapped))
        else:
            scores = (queries @ self.query) @ tf.transpose(mapped)
        return scores * tf.exp(self.log_scale)


class HeadTrainer:
    """Trains heads by Adam on `cross_entropy_support`, from where they are put.

    The learning rate is `0.02 / sqrt(D)`.

    Args:
      width: Coordinates of the vectors, D.
      dim: Coordinates of what they are mapped to, d.
      documents_too: Whether the documents' map is trained.
      few_documents: Whether there are fewer documents than queries.

    Attributes:
      heads: What is trained.
    """

    def __init__(
        self, width: int, dim: int, documents_too: bool, few_documents: bool
    ) -> None:
        self.heads = LinearHeads(width, dim, documents_too, few_documents)
        self._objective = objectives.get("cross_entropy_support")
        self._optimizer = keras.optimizers.Adam(_LEARNING_RATE / width**0.5)
        self._optimizer.build(self.heads.trainable_variables)
        self._fresh = [v.numpy() for v in self._optimizer.variables]
        vectors = tf.TensorSpec([None, width], tf.float32)
        self._run = tf.function(
            self._steps,
            input_signature=[
                vectors,
                vectors,
                tf.TensorSpec([None, None], tf.bool),
                tf.TensorSpec([None, None], tf.int64),
            ],
        )

    def restart(self, query: Float32, document: Float32, scale: float) -> None:
        """Puts the heads somewhere, and forgets earlier steps.

        Args:
          query: float32 `[D, d]`.
          document: float32 `[D, d]`.
          scale: Positive.
        """
        self.heads.query.assign(query)
        self.heads.document.assign(document)
        self.heads.log_scale.assign(np.log(scale))
        for variable, value in zip(self._optimizer.variables, self._fresh, strict=True):
            variable.assign(value)

    def train(
        self, queries: Float32, documents: Float32, mask: Mask, batches: Indices
    ) -> None:
        """Takes some steps.

        Args:
          queries: `[Q, D]`.
          documents: The candidates, `[N, D]`.
          mask: Which are relevant, at least one a query, bool `[Q, N]`.
          batches: Places of each step's queries, int64 `[steps, batch]`.
        """
        self._run(queries, documents, mask, batches)

    def _steps(self, queries: Any, documents: Any, mask: Any, batches: Any) -> None:
        variables = self.heads.trainable_variables
        for step in tf.range(tf.shape(batches)[0]):
            chosen = batches[step]
            relevant = tf.gather(mask, chosen)
            with tf.GradientTape() as tape:
                scores = self.heads(tf.gather(queries, chosen), documents)
                loss = self._objective(scores, relevant, tf.zeros_like(chosen))
            gradients = tape.gradient(loss, variables)
            self._optimizer.apply(gradients, variables)


@functools.lru_cache(maxsize=1)  # The folds of a dimension follow on each other.
def trainer(
    width: int, dim: int, documents_too: bool, few_documents: bool
) -> HeadTrainer:
    """Returns a trainer, the last one again if it fits: TensorFlow traces it once."""
    return HeadTrainer(width, dim, documents_too, few_documents)
