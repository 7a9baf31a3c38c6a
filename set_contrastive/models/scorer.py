"""What every family of models gives: functional models that share their weights."""

import dataclasses
from typing import Any

import keras


@dataclasses.dataclass(frozen=True)
class Scorer:
    """Functional Keras models of one scorer; all share the same weights.

    Attributes:
      all_keys_scorer: `{query [B, T]} -> scores [B, K]`; owns all weights.
      pair_scorer: `{query [B, T], key [B]} -> score [B]`.
      query_encoder: `{query [B, T]} -> vector [B, d]`, of models that have vectors;
        `-> vectors [B, m_q, D]` if they have several.
      key_encoder: `{key [B]} -> vector [B, d], bias [B]`, of models that have vectors;
        `-> vectors [B, m_k, D]` if they have several, which hold the bias.
      several_vectors: Whether they have several.
      readout_scores: Scores `[B, K]` by the readouts of a query that stand for keys, as
        a function of `all_keys_scorer`'s input; None of models that have none. They are
        trained beside, so that the readouts learn what matches whatever a vector can
        say of it.
      trains_readouts_alone: Whether nothing else is trained, as all else is solved for.
    """

    all_keys_scorer: keras.Model
    pair_scorer: keras.Model
    query_encoder: keras.Model | None = None
    key_encoder: keras.Model | None = None
    several_vectors: bool = False
    readout_scores: Any | None = None
    trains_readouts_alone: bool = False

    def trained(self) -> keras.Model:
        """Returns `{query [B, T]} -> [B, K]`, or `[B, 2 K]` with the readouts' scores.

        The loss is the sum of those of both.
        """
        if self.readout_scores is None:
            return self.all_keys_scorer
        inputs = {"query": self.all_keys_scorer.inputs[0]}
        scores = self.readout_scores
        if not self.trains_readouts_alone:
            scores = keras.ops.hstack((self.all_keys_scorer.outputs[0], scores))
        return keras.Model(inputs, scores)
