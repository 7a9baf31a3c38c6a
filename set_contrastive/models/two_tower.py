"""Two-tower model (dual encoder): the score is an inner product of two vectors.

In a picture:

    query -> transformer -> dense --\
                                     +--> inner product (+ key bias) -> score
    key   -> look-up table ---------/

With `query_vector=solved` the dense layer gives way to Newton's method, which finds the
query's vector for the keys that there are (best_vector.py). These are then not learned:
training begins with a search for them (searched_keys.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import GameSpec
from set_contrastive.models.family import Family
from set_contrastive.models.family import Preset
from set_contrastive.models.sizes import READS_QUERY_ALONE

if TYPE_CHECKING:
    from set_contrastive.models.scorer import Scorer


def build(spec: GameSpec, config: ModelConfig, dtype: Any = "float32") -> Scorer:
    """Builds a two-tower model.

    Args:
      spec: Specification of the game.
      config: The model's configuration.
      dtype: Policy of the transformer; vectors and scores are float32 under all.
    """
    import keras
    from keras import ops

    from set_contrastive.models.best_vector import BestVector
    from set_contrastive.models.key_embeddings import KEYS
    from set_contrastive.models.key_embeddings import AllKeys
    from set_contrastive.models.key_embeddings import KeyEmbedding
    from set_contrastive.models.query_encoder import encode_query
    from set_contrastive.models.query_encoder import score_keys
    from set_contrastive.models.scorer import Scorer
    from set_contrastive.models.unit_vectors import UnitVectors

    query = keras.Input((None,), dtype="int32", name="query")
    key = keras.Input((), dtype="int32", name="key")
    all_keys = AllKeys(spec.num_keys, name="all_keys")(query)

    solved = config.query_vector == "solved"
    key_table = KeyEmbedding(
        spec.num_keys,
        config.vector_dim,
        config.key_bias or solved,
        init="orthogonal" if solved else config.key_init,
        gain=1.0 if solved else config.vector_gain,
        trainable=not solved,
        dtype="float32",
        name=KEYS,
    )
    if solved:
        readout_scores = score_keys(query, spec, config, dtype)
        best_vector = BestVector(dtype="float32", name="best_vector")
        query_vector = best_vector(readout_scores, *key_table(all_keys))
    else:
        encoded = encode_query(query, spec, config, dtype)
        query_vector, readout_scores = encoded.vectors, encoded.readout_scores
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
        readout_scores=readout_scores,
        trains_readouts_alone=solved,
    )


# Here the dimension alone keeps a model from what a cross-encoder reaches.
_LAPTOP = READS_QUERY_ALONE["laptop"]
_SOLVED = {"query_vector": "solved"}

FAMILY = Family(
    name="two_tower",
    summary="scores by an inner product of vectors",
    build=build,
    presets=READS_QUERY_ALONE
    | {"laptop": Preset({**_LAPTOP.sizes, **_SOLVED}, _LAPTOP.recipes)},
    label="two_tower_d{vector_dim}",
    title="two-tower d = {vector_dim}",
    card="Two-tower model: the score of a query and a key is the inner product of two "
    "vectors of dimension {vector_dim}.",
    limit="Vectors of few dimensions cannot tell all subsets of the keys apart, "
    "however long one trains.",
    query_vectors_from=("learned", "solved"),
)
