"""What every family of models gives: functional models that share their weights."""

import dataclasses

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
    """

    all_keys_scorer: keras.Model
    pair_scorer: keras.Model
    query_encoder: keras.Model | None = None
    key_encoder: keras.Model | None = None
    several_vectors: bool = False
