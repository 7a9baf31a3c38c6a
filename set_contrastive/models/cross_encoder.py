"""Cross-encoder: one transformer reads the query and the key together.

    [query symbols, key symbol] -> transformer -> state of the key -> dense -> score

Query positions attend to query positions only, so all keys can stand behind the same
query: scoring K keys takes one pass over T + K positions and equals scoring the pairs
one by one. A key card has the same embedding as that card in a query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from set_contrastive.configs import recipes
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import GameSpec
from set_contrastive.models.family import Family
from set_contrastive.models.family import Preset
from set_contrastive.models.sizes import READER

if TYPE_CHECKING:
    from set_contrastive.models.scorer import Scorer


def build(spec: GameSpec, config: ModelConfig, dtype: Any = "float32") -> Scorer:
    """Builds a cross-encoder.

    Args:
      spec: Specification of the game.
      config: The model's configuration; `vector_dim` means nothing here.
      dtype: Policy of the transformer; scores are float32 under all.
    """
    import keras
    import numpy as np
    from keras import ops

    from set_contrastive.models.embeddings import SymbolEmbedding
    from set_contrastive.models.positions import SharedPositionEmbedding
    from set_contrastive.models.query_encoder import embed_query
    from set_contrastive.models.query_encoder import key_symbols
    from set_contrastive.models.scorer import Scorer
    from set_contrastive.models.transformer import Transformer

    query = keras.Input((None,), dtype="int32", name="query")
    key = keras.Input((), dtype="int32", name="key")
    symbol_of = np.array(spec.key_symbols, np.int32)
    one_symbol = ops.expand_dims(ops.take(symbol_of, key), -1)

    symbols = SymbolEmbedding(
        spec,
        config.d_model,
        config.atomic,
        config.symbol_init,
        dtype=dtype,
        name="symbols",
    )
    query_states, mask = embed_query(query, symbols, spec, config, dtype)
    key_position = SharedPositionEmbedding(dtype=dtype, name="key_position")
    read = Transformer(config, dtype=dtype, name="transformer")
    # A bias would shift all scores alike, which no objective sees.
    to_score = keras.layers.Dense(1, use_bias=False, dtype="float32", name="score")

    def score(keys: Any) -> Any:
        states = read(query_states, key_position(symbols(keys)), mask)
        return ops.squeeze(to_score(states), -1)

    return Scorer(
        all_keys_scorer=keras.Model(
            {"query": query}, score(key_symbols(query, spec)), name="cross_encoder"
        ),
        pair_scorer=keras.Model(
            {"query": query, "key": key}, score(one_symbol)[:, 0], name="pair"
        ),
    )


# At most half of a two-tower's parameters; in the study's sizes half of its layers.
_PRESETS = {
    "laptop": Preset(READER, recipes.LAPTOP_QUERY_AND_KEY),
    "light": Preset(READER, recipes.LIGHT_QUERY_AND_KEY),
    "study": Preset(
        {"d_model": 512, "d_ff": 1024, "num_heads": 8, "num_layers": 4},
        recipes.STUDY,
    ),
}

FAMILY = Family(
    name="cross_encoder",
    summary="reads query and key together",
    build=build,
    presets=_PRESETS,
    label="cross_encoder",
    title="cross-encoder",
    card="Cross-encoder: one transformer reads the query and a key together.",
    limit="Each key costs a pass of its own positions, so it fits few keys.",
    uses_vector_dim=False,
)
