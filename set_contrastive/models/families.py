"""Builds the scorer of a configuration, whatever its family."""

from typing import Any

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import GameSpec
from set_contrastive.models import classifier
from set_contrastive.models import cross_encoder
from set_contrastive.models import two_tower
from set_contrastive.models.scorer import Scorer

_BUILDERS = {
    "two_tower": two_tower.build,
    "cross_encoder": cross_encoder.build,
    "classifier": classifier.build,
}


def build(spec: GameSpec, config: ModelConfig, dtype: Any = "float32") -> Scorer:
    """Builds the scorer of a game.

    Args:
      spec: Specification of the game.
      config: The model's configuration; `family` chooses the architecture.
      dtype: Precision policy of the transformer, such as `mixed_float16`.
    """
    return _BUILDERS[config.family](spec, config, dtype)
