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

    from set_contrastive.models.key_embeddings import AllKeys
    from set_contrastive.models.key_embeddings import KeyEmbedding
    from set_contrastive.models.query_encoder import encode_query_vectors
    from set_contrastive.models.scorer import Scorer
    from set_contrastive.models.unit_vectors import UnitVectors

    query = keras.Input((None,), dtype="int32", name="query")
    key = keras.Input((), dtype="int32", name="key")
    num_keys, m_q, m_k = spec.num_keys, config.query_vectors, config.key_vectors
    key_table = KeyEmbedding(
        num_keys,
        config.vector_dim,
        config.key_bias,
        m_k,
        config.key_init,
        gain=config.vector_gain,
        dtype="float32",
        name="keys",
    )
    cosine = config.similarity == "cosine"
    to_unit = UnitVectors(dtype="float32", name="unit_key") if cosine else None
    encoded = encode_query_vectors(query, spec, config, dtype)
    query_vectors = _scaled(encoded.vectors, config)
    key_vectors = _looked_up(key_table(key), to_unit, config)
    all_keys = AllKeys(num_keys, name="all_keys")(query)
    all_vectors = _looked_up(key_table(all_keys), to_unit, config)
    rows = ops.reshape(all_vectors, (num_keys * m_k, all_vectors.shape[-1]))
    # [B, m_q, K m_k], then the query's vectors beside the key's.
    products = ops.reshape(
        ops.matmul(query_vectors, ops.transpose(rows)), (-1, m_q, num_keys, m_k)
    )
    scores = aggregate(ops.transpose(products, (0, 2, 1, 3)), config)
    pair_products = ops.matmul(query_vectors, ops.transpose(key_vectors, (0, 2, 1)))
    return Scorer(
        all_keys_scorer=keras.Model({"query": query}, scores, name="late_interaction"),
        pair_scorer=keras.Model(
            {"query": query, "key": key},
            aggregate(pair_products, config),
            name="pair",
        ),
        query_encoder=keras.Model(
            {"query": query}, query_vectors, name="query_encoder"
        ),
        key_encoder=keras.Model({"key": key}, key_vectors, name="key_encoder"),
        several_vectors=True,
        readout_scores=encoded.readout_scores,
    )


def _scaled(query_vectors: Any, config: ModelConfig) -> Any:
    """Returns the vectors of a query as they meet those of a key, `[B, m_q, d]`."""
    from keras import ops

    from set_contrastive.models.unit_vectors import UnitVectors

    if config.similarity == "cosine":
        query_vectors = UnitVectors(
            config.temperature, config.learn_temperature, dtype="float32", name="scaled"
        )(query_vectors)
    if config.key_bias:
        share = ops.ones_like(query_vectors[..., :1]) * _bias_share(config)
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


def aggregate(products: Any, config: ModelConfig) -> Any:
    """Returns the scores `[...]` of products `[..., m_q, m_k]`."""
    from keras import ops

    if config.aggregate == "sum":
        return ops.sum(products, axis=(-2, -1))
    if config.aggregate == "smooth":
        scaled = products / config.smooth_temperature
        best = ops.logsumexp(scaled, axis=-1) * config.smooth_temperature
    else:
        best = ops.max(products, axis=-1)
    if config.aggregate == "mean_max_sim":
        return ops.mean(best, axis=-1)
    return ops.sum(best, axis=-1)


def _bias_share(config: ModelConfig) -> float:
    """Returns what each query vector has where a key's vectors have its bias."""
    counted = {
        "mean_max_sim": 1,
        "sum": config.query_vectors * config.key_vectors,
    }
    return 1.0 / counted.get(config.aggregate, config.query_vectors)


def _card(config: ModelConfig) -> str:
    card = (
        "Late interaction model: a query has {query_vectors} vectors and a key "
        "{key_vectors}, each of dimension {vector_dim}; the score is the aggregate "
        "{aggregate} of their products."
    )
    if config.aggregate == "sum":
        card += " A sum of products is the product of the sums, so this is one vector."
    return card


# Of the sizes of a two-tower with learned readouts, each of which makes a vector.
_VECTORS = {"num_readouts": 8, "query_vectors": 8, "key_vectors": 2}
_LIGHT, _STUDY = (
    Preset({**preset.sizes, **_VECTORS}, preset.recipes)
    for preset in (READS_QUERY_ALONE["light"], READS_QUERY_ALONE["study"])
)
_PRESETS = {"laptop": _LIGHT, "light": _LIGHT, "study": _STUDY}

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
)
