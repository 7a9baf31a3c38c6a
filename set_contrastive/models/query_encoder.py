"""How a query is embedded, and the encoder of families that read it alone."""

import dataclasses
import math
from typing import Any

import keras
import numpy as np
from keras import ops

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import PADDING
from set_contrastive.games.game import GameSpec
from set_contrastive.models import embeddings
from set_contrastive.models import positions
from set_contrastive.models import transformer
from set_contrastive.models.projection_head import ProjectionHead

# Layers by which the embedded symbols of a query are found again.
_SYMBOLS = "symbols"
_BLOCKS = "blocks"
_POSITIONS = "query_positions"

# What the readout of a key tells of it; the first number is its score.
_PER_KEY = 8


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
    states = positions.PositionEmbedding(length, block, dtype=dtype, name=_POSITIONS)(
        states, query
    )
    return states, ops.not_equal(seen, PADDING)


def embed_keys(
    query: Any, symbols: embeddings.SymbolEmbedding, spec: GameSpec, dtype: Any
) -> Any:
    """Returns all keys as readouts of any query, `[1, num_keys, d_model]`.

    A card has the same embedding as a key that it has in a query.
    """
    position = positions.SharedPositionEmbedding(dtype=dtype, name="key_position")
    return position(symbols(key_symbols(query, spec)))


def key_symbols(query: Any, spec: GameSpec) -> Any:
    """Returns the symbols of all keys, int32 `[1, num_keys]`.

    Args:
      query: Input of symbols, which Keras wants to see though nothing is taken of it.
      spec: The game's specification.
    """
    nothing = ops.zeros_like(ops.sum(query, axis=0, keepdims=True)[:, :1])
    return nothing + np.array(spec.key_symbols, np.int32)


@dataclasses.dataclass(frozen=True)
class EncodedQuery:
    """What is read of a query.

    Attributes:
      vectors: Its vector, float32 `[batch, vector_dim]`, or its vectors, `[batch,
        query_vectors, vector_dim]`.
      readout_scores: What readouts that stand for keys score them with, float32
        `[batch, num_keys]`; None of others.
    """

    vectors: Any
    readout_scores: Any | None


def encode_query(
    query: Any, spec: GameSpec, config: ModelConfig, dtype: Any
) -> EncodedQuery:
    """Encodes a query as one vector.

    Args:
      query: Input of symbols, int32 `[batch, T]`.
      spec: The game's specification.
      config: The model's configuration.
      dtype: Policy of the layers; the last one is float32 under all policies.
    """
    read, scores = _read(query, spec, config, dtype)
    return EncodedQuery(_to_vectors(read, (), config, dtype), scores)


def score_keys(query: Any, spec: GameSpec, config: ModelConfig, dtype: Any) -> Any:
    """Scores all keys by what readouts that stand for them have read.

    Args as of `encode_query`.

    Returns:
      float32 `[batch, num_keys]`: each readout's score of its key and, with layers over
      all of them, what these add to it.
    """
    read, scores = _read(query, spec, config, dtype)
    if not config.num_head_layers:
        return scores
    more = keras.layers.Dense(
        spec.num_keys,
        # At first a readout is all but alone with its key.
        kernel_initializer=keras.initializers.VarianceScaling(1e-2),
        dtype="float32",
        name="more",
    )
    return scores + more(_head(read, config, dtype))


def encode_query_vectors(
    query: Any, spec: GameSpec, config: ModelConfig, dtype: Any
) -> EncodedQuery:
    """Encodes a query as several vectors.

    Args and returns as of `encode_query`.
    """
    read, scores = _read(query, spec, config, dtype)
    shape = (config.query_vectors,)
    return EncodedQuery(_to_vectors(read, shape, config, dtype), scores)


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


def symbols_of(all_keys_scorer: keras.Model) -> embeddings.SymbolEmbedding | None:
    """Returns the embedding of a scorer's symbols; None if they are not read here."""
    layers = {layer.name: layer for layer in all_keys_scorer.layers}
    return layers.get(_SYMBOLS)


def _read(query: Any, spec: GameSpec, config: ModelConfig, dtype: Any) -> Any:
    """Returns what the readouts have read, `[batch, readouts, n]`, and their scores."""
    symbols = embeddings.SymbolEmbedding(
        spec,
        config.d_model,
        config.atomic,
        config.symbol_init,
        dtype=dtype,
        name=_SYMBOLS,
    )
    states, mask = embed_query(query, symbols, spec, config, dtype)
    read = transformer.Transformer(config, dtype=dtype, name="transformer")
    if config.readouts == "keys":
        of_keys = read(states, embed_keys(query, symbols, spec, dtype), mask)
        each = keras.layers.Dense(_PER_KEY, dtype="float32", name="per_key")(of_keys)
        return each, each[..., 0]
    # Learned positions read the whole query, like BERT's [CLS]; several of them share
    # the work, like the codes of a poly-encoder (arXiv 1905.01969).
    readouts = positions.ReadoutEmbedding(
        config.num_readouts, config.d_model, dtype=dtype, name="readout_positions"
    )(states)
    return read(states, readouts, mask), None


def _head(read: Any, config: ModelConfig, dtype: Any) -> Any:
    """Returns what layers over all readouts make of them, `[batch, d_head]`."""
    width = math.prod(read.shape[1:])
    together = keras.layers.Reshape((width,), dtype=dtype, name="together")(read)
    return ProjectionHead(
        config.d_head, config.num_head_layers, dtype=dtype, name="head"
    )(together)


def _to_vectors(
    read: Any, shape: tuple[int, ...], config: ModelConfig, dtype: Any
) -> Any:
    """Returns vectors `[batch, *shape, vector_dim]` of what the readouts have read.

    Several vectors have readouts and weights of their own where nothing else tells them
    apart: learned readouts start almost alike, and so would all vectors of a query.
    """
    width = math.prod(read.shape[1:])
    own_readouts = bool(shape) and config.readouts == "learned"
    if config.num_head_layers:
        own_readouts = False
        read = _head(read, config, dtype)
        width = config.d_head
    each = (*shape, width // math.prod(shape)) if own_readouts else (width,)
    flat = keras.layers.Reshape(each, dtype="float32", name="read")(read)
    gain = config.vector_gain
    options: dict[str, Any] = {
        "kernel_initializer": keras.initializers.VarianceScaling(
            gain**-2, "fan_avg", "uniform"
        ),
        "dtype": "float32",
        "name": "query_vector",
    }
    if shape:
        to_vectors: Any = keras.layers.EinsumDense(
            "bmi,mid->bmd" if own_readouts else "bi,imd->bmd",
            (*shape, config.vector_dim),
            bias_axes="md",
            **options,
        )
    else:
        to_vectors = keras.layers.Dense(config.vector_dim, **options)
    vectors = to_vectors(flat)
    # A product by 1 would be one more layer, and change the order of the weights, which
    # is that of the models that ship.
    return vectors if gain == 1 else vectors * gain
