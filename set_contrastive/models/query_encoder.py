"""How a query is embedded, and the encoder that two-tower and classifier share."""

from typing import Any

import keras
from keras import ops

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import PADDING
from set_contrastive.games.game import GameSpec
from set_contrastive.models import embeddings
from set_contrastive.models import transformer


def embed_query(
    query: Any,
    symbols: embeddings.SymbolEmbedding,
    spec: GameSpec,
    config: ModelConfig,
    dtype: Any,
) -> tuple[Any, Any]:
    """Returns the embedded query `[batch, T', d_model]` and its mask, False at padding.

    `T'` is the number of blocks if the configuration merges them, of symbols otherwise.

    Args:
      query: Input of symbols, int32 `[batch, T]`.
      symbols: Embedding of the symbols.
      spec: The game's specification.
      config: The model's configuration.
      dtype: Policy of the layers.
    """
    states, seen = symbols(query), query
    length, block = spec.query_length, spec.block_length
    if config.merge_blocks and block > 1:
        merge = embeddings.BlockEmbedding(block, dtype=dtype, name="blocks")
        states, seen = merge(states, query)
        length, block = -(-length // block), 1
    states = embeddings.PositionEmbedding(
        length, block, dtype=dtype, name="query_positions"
    )(states, seen)
    return states, ops.not_equal(seen, PADDING)


def encode_query(query: Any, spec: GameSpec, config: ModelConfig, dtype: Any) -> Any:
    """Returns the query's vector, float32 `[batch, vector_dim]`.

    Args:
      query: Input of symbols, int32 `[batch, T]`.
      spec: The game's specification.
      config: The model's configuration.
      dtype: Policy of the layers; the last one is float32 under all policies.
    """
    symbols = embeddings.SymbolEmbedding(
        spec, config.d_model, config.atomic, dtype=dtype, name="symbols"
    )
    states, mask = embed_query(query, symbols, spec, config, dtype)
    # Learned positions read the whole query, like BERT's [CLS]; several of them share
    # the work, like the codes of a poly-encoder (arXiv 1905.01969).
    readouts = embeddings.ReadoutEmbedding(
        config.num_readouts, config.d_model, dtype=dtype, name="readout_positions"
    )(states)
    read = transformer.Transformer(config, dtype=dtype, name="transformer")(
        states, readouts, mask
    )
    flat = keras.layers.Reshape(
        (config.num_readouts * config.d_model,), dtype="float32", name="read"
    )(read)
    return keras.layers.Dense(config.vector_dim, dtype="float32", name="query_vector")(
        flat
    )
