"""The query encoder that two-tower model and classifier share."""

from typing import Any

import keras
from keras import ops

from set_contrastive.config import ModelConfig
from set_contrastive.games.game import PADDING
from set_contrastive.games.game import GameSpec
from set_contrastive.models import embeddings
from set_contrastive.models import transformer


def encode_query(query: Any, spec: GameSpec, config: ModelConfig, dtype: Any) -> Any:
    """Returns the query's vector, float32 `[batch, vector_dim]`.

    Args:
      query: Input of symbols, int32 `[batch, T]`.
      spec: The game's specification.
      config: The model's configuration.
      dtype: Policy of the layers; the last one is float32 under all policies.
    """
    states = embeddings.SymbolEmbedding(
        spec, config.d_model, config.atomic, dtype=dtype, name="symbols"
    )(query)
    symbols, length, block = query, spec.query_length, spec.block_length
    if config.merge_blocks and block > 1:
        states, symbols = embeddings.BlockEmbedding(block, dtype=dtype, name="blocks")(
            states, query
        )
        length, block = -(-length // block), 1
    states = embeddings.PositionEmbedding(
        length, block, dtype=dtype, name="query_positions"
    )(states, symbols)
    # Learned positions read the whole query, like BERT's [CLS]; several of them share
    # the work, like the codes of a poly-encoder (arXiv 1905.01969).
    readouts = embeddings.ReadoutEmbedding(
        config.num_readouts, config.d_model, dtype=dtype, name="readout_positions"
    )(states)
    mask = ops.not_equal(symbols, PADDING)
    read = transformer.Transformer(config, dtype=dtype, name="transformer")(
        states, readouts, mask
    )
    flat = keras.layers.Reshape(
        (config.num_readouts * config.d_model,), dtype="float32", name="read"
    )(read)
    return keras.layers.Dense(config.vector_dim, dtype="float32", name="query_vector")(
        flat
    )
