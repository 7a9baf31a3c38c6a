r"""Late interaction: query and key have several vectors each, compared pair by pair.

With vectors q_i of a query and k_j of a key, and their products <q_i, k_j>, inner
products or cosines, the score is

    max_sim       sum_i max_j <q_i, k_j>                 (ColBERT, arXiv 2004.12832)
    mean_max_sim  the same divided by the number of query vectors
    smooth        sum_i t log sum_j exp(<q_i, k_j> / t)  (max_sim for t to 0)
    sum           sum_i sum_j <q_i, k_j> = <sum_i q_i, sum_j k_j>

`max_sim` is what PyLate and sentence-transformers call `colbert_scores`, `mean_max_sim`
what the latter does with `length_normalize`. `max_sim` gives a gradient to the best
vector of a key alone, `smooth` to all. `sum` is an inner product of two vectors, those
of a two-tower.

In a picture:

    query -> transformer -> dense, for each vector --\
                                                      +--> products -> score
    key   -> look-up table of several vectors -------/

A key's bias, if there is one, stands in a last place of each of its vectors, and a
query's vectors have there what makes the bias count once in the score.

With `query_vector=fitted` the dense layers read the scores of readouts that stand for
the keys (fitted_vectors.py). They and the keys are trained before the transformer is,
on which keys match a query, which needs no transformer (vector_fit.py).
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
    """Builds a late interaction model.

    Args:
      spec: Specification of the game.
      config: The model's configuration; `vector_dim` is that of each vector, and
        `num_readouts / query_vectors` readouts of the query make a vector.
      dtype: Policy of the transformer; vectors and scores are float32 under all.
    """
    import keras
    from keras import ops

    from set_contrastive.models import aggregates
    from set_contrastive.models.key_embeddings import AllKeys
    from set_contrastive.models.query_encoder import encode_query_vectors
    from set_contrastive.models.query_encoder import score_keys
    from set_contrastive.models.scorer import Scorer
    from set_contrastive.models.unit_vectors import UnitVectors

    query = keras.Input((None,), dtype="int32", name="query")
    key = keras.Input((), dtype="int32", name="key")
    fitted = config.query_vector == "fitted"
    cosine = config.similarity == "cosine"
    to_unit = UnitVectors(dtype="float32", name="unit_key") if cosine else None
    if fitted:
        readout_scores = score_keys(query, spec, config, dtype)
        fitted_layer = _fitted_layer(config)
        vectors = fitted_layer(readout_scores)
        fitted_layer.trainable = False  # Reaches weights that are there alone.
    else:
        encoded = encode_query_vectors(query, spec, config, dtype)
        vectors, readout_scores = encoded.vectors, encoded.readout_scores
    query_vectors = _scaled(vectors, config)
    key_table = _key_table(spec.num_keys, config, trainable=not fitted)
    key_vectors = _looked_up(key_table(key), to_unit, config)
    all_keys = AllKeys(spec.num_keys, name="all_keys")(query)
    all_vectors = _looked_up(key_table(all_keys), to_unit, config)
    scores = aggregates.score_all(query_vectors, all_vectors, config)
    pair_products = ops.matmul(query_vectors, ops.transpose(key_vectors, (0, 2, 1)))
    return Scorer(
        all_keys_scorer=keras.Model({"query": query}, scores, name="late_interaction"),
        pair_scorer=keras.Model(
            {"query": query, "key": key},
            aggregates.aggregate(pair_products, config),
            name="pair",
        ),
        query_encoder=keras.Model(
            {"query": query}, query_vectors, name="query_encoder"
        ),
        key_encoder=keras.Model({"key": key}, key_vectors, name="key_encoder"),
        several_vectors=True,
        readout_scores=readout_scores,
        trains_readouts_alone=fitted,
    )


def over_readouts(num_keys: int, config: ModelConfig) -> Any:
    """Returns what `query_vector=fitted` trains first.

    Args:
      num_keys: Number of keys, `K`.
      config: The model's configuration.

    Returns:
      Keras model `readout scores [B, K] -> scores [B, K]`; its layers `VECTORS` and
      `KEYS` have the weights of those that a scorer has.
    """
    import keras

    from set_contrastive.models import aggregates
    from set_contrastive.models.key_embeddings import AllKeys

    readout_scores = keras.Input((num_keys,), name="readout_scores")
    query_vectors = _scaled(_fitted_layer(config)(readout_scores), config)
    all_keys = AllKeys(num_keys, name="all_keys")(readout_scores)
    all_vectors = _looked_up(_key_table(num_keys, config)(all_keys), None, config)
    return keras.Model(
        readout_scores, aggregates.score_all(query_vectors, all_vectors, config)
    )


def _key_table(num_keys: int, config: ModelConfig, trainable: bool = True) -> Any:
    """Returns the table of keys."""
    from set_contrastive.models.key_embeddings import KEYS
    from set_contrastive.models.key_embeddings import KeyEmbedding

    return KeyEmbedding(
        num_keys,
        config.vector_dim,
        config.key_bias,
        config.key_vectors,
        config.key_init,
        gain=config.vector_gain,
        trainable=trainable,
        dtype="float32",
        name=KEYS,
    )


def _fitted_layer(config: ModelConfig) -> Any:
    """Returns the layer from the readouts' scores to a query's vectors."""
    from set_contrastive.models.fitted_vectors import VECTORS
    from set_contrastive.models.fitted_vectors import FittedVectors

    return FittedVectors(
        (config.query_vectors, config.vector_dim),
        config.d_head,
        config.num_head_layers,
        config.vector_gain,
        dtype="float32",
        name=VECTORS,
    )


def _scaled(query_vectors: Any, config: ModelConfig) -> Any:
    """Returns the vectors of a query as they meet those of a key, `[B, m_q, d]`."""
    from keras import ops

    from set_contrastive.models import aggregates
    from set_contrastive.models.unit_vectors import UnitVectors

    if config.similarity == "cosine":
        query_vectors = UnitVectors(
            config.temperature, config.learn_temperature, dtype="float32", name="scaled"
        )(query_vectors)
    if config.key_bias:
        share = ops.ones_like(query_vectors[..., :1]) * aggregates.bias_share(config)
        query_vectors = ops.concatenate([query_vectors, share], axis=-1)
    return query_vectors


def _looked_up(found: Any, to_unit: Any, config: ModelConfig) -> Any:
    """Returns the vectors of keys, `[B, m_k, d]`, of what the table has of them."""
    from keras import ops

    flat, biases = found
    vectors = ops.reshape(flat, (-1, config.key_vectors, config.vector_dim))
    vectors = to_unit(vectors) if to_unit else vectors
    if not config.key_bias:
        return vectors
    biases = ops.ones_like(vectors[..., :1]) * ops.reshape(biases, (-1, 1, 1))
    return ops.concatenate([vectors, biases], axis=-1)


def _card(config: ModelConfig) -> str:
    card = (
        "Late interaction model: a query has {query_vectors} vectors and a key "
        "{key_vectors}, each of dimension {vector_dim}; the score is the aggregate "
        "{aggregate} of their products."
    )
    if config.aggregate == "sum":
        card += " A sum of products is the product of the sums, so this is one vector."
    return card


# Of the sizes of a two-tower. Where readouts are learned, each makes a vector.
_VECTORS = {"query_vectors": 8, "key_vectors": 2}
_LEARNED = {"num_readouts": 8}
_PRESETS = {
    name: Preset({**READS_QUERY_ALONE[name].sizes, **_VECTORS, **fields}, recipes)
    for name, fields, recipes in (
        ("laptop", {"query_vector": "fitted"}, READS_QUERY_ALONE["laptop"].recipes),
        ("light", _LEARNED, READS_QUERY_ALONE["light"].recipes),
        ("study", _LEARNED, READS_QUERY_ALONE["study"].recipes),
    )
}

FAMILY = Family(
    name="late_interaction",
    summary="scores by the products of several vectors of each",
    build=build,
    presets=_PRESETS,
    label="late_interaction_q{query_vectors}_k{key_vectors}_d{vector_dim}",
    title="late interaction {query_vectors} x {key_vectors}, d = {vector_dim}",
    card=_card,
    limit="The more vectors a key has, the more its subsets can be told apart, and the "
    "more bytes it takes and products its score.",
    query_vectors_from=("learned", "fitted"),
)
