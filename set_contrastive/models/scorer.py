"""What every family of models gives: functional models that share their weights."""

import dataclasses

import keras


@dataclasses.dataclass(frozen=True)
class Scorer:
    """Functional Keras models of one scorer; all share the same weights.

    Attributes:
      all_keys_scorer: `{query [B, T]} -> scores [B, K]`; owns all weights.
      pair_scorer: `{query [B, T], key [B]} -> score [B]`.
      query_encoder: `{query [B, T]} -> vector [B, d]`, two-tower models only.
      key_encoder: `{key [B]} -> vector [B, d], bias [B]`, two-tower models only.
    """

    all_keys_scorer: keras.Model
    pair_scorer: keras.Model
    query_encoder: keras.Model | None = None
    key_encoder: keras.Model | None = None
