"""Classifier over the keys: query encoder, then one linear layer with a unit per key.

This is what the study of 2021 compared its two-tower models with. The last layer's
weights are key vectors by another name, so it too is bound by the width before it.

    query -> transformer -> dense (vector_dim) -> dense (num_keys) -> scores
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
    """Builds a classifier.

    Args:
      spec: Specification of the game.
      config: The model's configuration; `vector_dim` is the last layer's input width.
      dtype: Policy of the transformer; the last two layers are float32 under all.
    """
    import keras
    from keras import ops

    from set_contrastive.models.query_encoder import encode_query
    from set_contrastive.models.scorer import Scorer

    query = keras.Input((None,), dtype="int32", name="query")
    key = keras.Input((), dtype="int32", name="key")
    encoded = encode_query(query, spec, config, dtype)
    scores = keras.layers.Dense(spec.num_keys, dtype="float32", name="scores")(
        encoded.vectors
    )
    score = ops.take_along_axis(scores, ops.expand_dims(key, -1), axis=1)[:, 0]
    return Scorer(
        all_keys_scorer=keras.Model({"query": query}, scores, name="classifier"),
        pair_scorer=keras.Model({"query": query, "key": key}, score, name="pair"),
        readout_scores=encoded.readout_scores,
    )


# The width of the study of 2021.
_PRESETS = {
    name: Preset({**preset.sizes, "vector_dim": 512}, preset.recipes)
    for name, preset in READS_QUERY_ALONE.items()
}

FAMILY = Family(
    name="classifier",
    summary="ends in one linear layer over all keys",
    build=build,
    presets=_PRESETS,
    label="classifier",
    title="classifier",
    card="Classifier: a query encoder of width {vector_dim}, then a linear layer with "
    "one unit per key.",
    limit="Vectors of few dimensions cannot tell all subsets of the keys apart, "
    "however long one trains.",
)
