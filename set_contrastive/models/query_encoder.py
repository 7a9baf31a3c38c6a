"""How a query is embedded, and the encoder of families that read it alone."""

import math
from typing import Any

import keras
from keras import ops

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import PADDING
from set_contrastive.games.game import GameSpec
from set_contrastive.models import embeddings
from set_contrastive.models import transformer

# Layers by which the embedded symbols of a query are found again.
_SYMBOLS = "symbols"
_BLOCKS = "blocks"
_POSITIONS = "query_positions"


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
        merge = embeddings.BlockEmbedding(block, dtype=dtype, name=_BLOCKS)
        states, seen = merge(states, query)
        length, block = -(-length // block), 1
    states = embeddings.PositionEmbedding(length, block, dtype=dtype, name=_POSITIONS)(
        states, seen
    )
    return states, ops.not_equal(seen, PADDING)


def encode_query(query: Any, spec: GameSpec, config: ModelConfig, dtype: Any) -> Any:
    """Returns the query's vector, float32 `[batch, vector_dim]`.

    Args:
      query: Input of symbols, int32 `[batch, T]`.
      spec: The game's specification.
      config: The model's configuration.
      dtype: Policy of the layers; the last one is float32 under all policies.
    """
    return _to_vectors(_read(query, spec, config, dtype), (), config)


def encode_query_vectors(
    query: Any, spec: GameSpec, config: ModelConfig, dtype: Any
) -> Any:
    """Returns the query's vectors, float32 `[batch, query_vectors, vector_dim]`.

    The readouts are shared out among the vectors, and one dense layer turns the states
    of each vector's readouts into it.

    Args:
      query: Input of symbols, int32 `[batch, T]`.
      spec: The game's specification.
      config: The model's configuration.
      dtype: Policy of the layers; the last one is float32 under all policies.
    """
    read = _read(query, spec, config, dtype)
    return _to_vectors(read, (config.query_vectors,), config)


def from_embedded(all_keys_scorer: keras.Model) -> keras.Model:
    """Returns the scores as a function of the query's embedded symbols.

    Args:
      all_keys_scorer: The scorer of any family.

    Returns:
      `[query [B, T], embedded [B, T, d_model]] -> scores [B, K]` with the same weights.
      The query says what is padding, and `embedded` stands in for the embeddings of its
      symbols, and for those alone: a key keeps its own.
    """
    states = keras.layers.Identity(name="embedded_query")

    def with_states(layer: Any, *args: Any, **kwargs: Any) -> Any:
        # The first layer behind the symbols: see `embed_query`.
        if layer.name == first:
            args = (states(args[0]), *args[1:])
        return layer(*args, **kwargs)

    names = {layer.name for layer in all_keys_scorer.layers}
    first = _BLOCKS if _BLOCKS in names else _POSITIONS
    copy = keras.models.clone_model(
        all_keys_scorer,
        clone_function=lambda layer: layer,  # The layer itself, in another graph.
        call_function=with_states,
    )
    return keras.Model([copy.inputs[0], states.output], copy.outputs[0])


def symbols_of(all_keys_scorer: keras.Model) -> embeddings.SymbolEmbedding:
    """Returns the embedding of the symbols of a scorer of any family."""
    symbols: embeddings.SymbolEmbedding = all_keys_scorer.get_layer(_SYMBOLS)
    return symbols


def _read(query: Any, spec: GameSpec, config: ModelConfig, dtype: Any) -> Any:
    """Returns the states of the readouts, `[batch, num_readouts, d_model]`."""
    symbols = embeddings.SymbolEmbedding(
        spec,
        config.d_model,
        config.atomic,
        config.symbol_init,
        dtype=dtype,
        name=_SYMBOLS,
    )
    states, mask = embed_query(query, symbols, spec, config, dtype)
    # Learned positions read the whole query, like BERT's [CLS]; several of them share
    # the work, like the codes of a poly-encoder (arXiv 1905.01969).
    readouts = embeddings.ReadoutEmbedding(
        config.num_readouts, config.d_model, dtype=dtype, name="readout_positions"
    )(states)
    return transformer.Transformer(config, dtype=dtype, name="transformer")(
        states, readouts, mask
    )


def _to_vectors(read: Any, shape: tuple[int, ...], config: ModelConfig) -> Any:
    """Returns vectors `[batch, *shape, vector_dim]` of the readouts' states.

    With several vectors each has weights of its own: the readouts start almost alike,
    and so would all vectors of a query.
    """
    width = config.num_readouts * config.d_model // math.prod(shape)
    flat = keras.layers.Reshape((*shape, width), dtype="float32", name="read")(read)
    if not shape:
        return keras.layers.Dense(
            config.vector_dim, dtype="float32", name="query_vector"
        )(flat)
    return keras.layers.EinsumDense(
        "bmi,mid->bmd",
        (*shape, config.vector_dim),
        bias_axes="md",
        dtype="float32",
        name="query_vector",
    )(flat)
