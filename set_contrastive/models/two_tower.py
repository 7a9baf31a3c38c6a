"""Two-tower model (dual encoder): the score is an inner product of two vectors.

In a picture:

    query -> transformer -> dense --\
                                     +--> inner product (+ key bias) -> score
    key   -> look-up table ---------/
"""

import math
from typing import Any

import keras
from keras import ops

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import GameSpec
from set_contrastive.models import key_embeddings
from set_contrastive.models.query_encoder import encode_query
from set_contrastive.models.scorer import Scorer


class UnitVectors(keras.layers.Layer):
    """Scales vectors to length one, or to `1 / temperature` of it where one is given.

    Args:
      temperature: The first temperature, or None for unit vectors.
      learned: Whether the temperature is trained, as its logarithm.
      **kwargs: `name` and `dtype` of the layer.
    """

    def __init__(
        self, temperature: float | None = None, learned: bool = False, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.temperature = temperature
        self.learned = learned

    def build(self, *_: Any) -> None:
        """Creates the temperature."""
        if self.temperature is not None:
            self.log_scale = self.add_weight(
                (),
                keras.initializers.Constant(-math.log(self.temperature)),
                name="log_scale",
                trainable=self.learned,
            )

    def call(self, vectors: Any) -> Any:
        """Scales the vectors."""
        unit = ops.normalize(vectors, axis=-1)
        return unit if self.temperature is None else unit * ops.exp(self.log_scale)


def build(spec: GameSpec, config: ModelConfig, dtype: Any = "float32") -> Scorer:
    """Builds a two-tower model.

    Args:
      spec: Specification of the game.
      config: The model's configuration.
      dtype: Policy of the transformer; vectors and scores are float32 under all.
    """
    query = keras.Input((None,), dtype="int32", name="query")
    key = keras.Input((), dtype="int32", name="key")
    all_keys = key_embeddings.AllKeys(spec.num_keys, name="all_keys")(query)

    key_table = key_embeddings.KeyEmbedding(
        spec.num_keys, config.vector_dim, config.key_bias, dtype="float32", name="keys"
    )
    query_vector = encode_query(query, spec, config, dtype)
    key_vector, key_bias = key_table(key)
    all_vectors, all_biases = key_table(all_keys)
    if config.similarity == "cosine":
        to_unit = UnitVectors(dtype="float32", name="unit_key")
        query_vector = UnitVectors(
            config.temperature, config.learn_temperature, dtype="float32", name="scaled"
        )(query_vector)
        key_vector, all_vectors = to_unit(key_vector), to_unit(all_vectors)

    score = ops.sum(query_vector * key_vector, axis=-1) + key_bias
    scores = ops.matmul(query_vector, ops.transpose(all_vectors)) + all_biases
    return Scorer(
        all_keys_scorer=keras.Model({"query": query}, scores, name="two_tower"),
        pair_scorer=keras.Model({"query": query, "key": key}, score, name="pair"),
        query_encoder=keras.Model({"query": query}, query_vector, name="query_encoder"),
        key_encoder=keras.Model(
            {"key": key}, (key_vector, key_bias), name="key_encoder"
        ),
    )
