"""The families of models, by name: a line for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from set_contrastive.base.choices import choose
from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import GameSpec
from set_contrastive.models import classifier
from set_contrastive.models import cross_encoder
from set_contrastive.models import late_interaction
from set_contrastive.models import two_tower
from set_contrastive.models.family import Family

if TYPE_CHECKING:
    from set_contrastive.models.scorer import Scorer

FAMILIES = {
    family.name: family
    for family in (
        two_tower.FAMILY,
        cross_encoder.FAMILY,
        classifier.FAMILY,
        late_interaction.FAMILY,
    )
}


def get(name: str) -> Family:
    """Returns a family.

    Raises:
      UserError: If there is none of this name; lists those there are.
    """
    return choose("model", name, FAMILIES)


def build(spec: GameSpec, config: ModelConfig, dtype: Any = "float32") -> Scorer:
    """Builds the scorer of a game.

    Args:
      spec: Specification of the game.
      config: The model's configuration; `family` chooses the architecture.
      dtype: Precision policy of the transformer, such as `mixed_float16`.

    Raises:
      UserError: If there is no such family, or its vectors are not from there.
    """
    family = get(config.family)
    if config.query_vector not in family.query_vectors_from:
        raise UserError(
            f"query_vector of {family.name} must be one of "
            f"{', '.join(family.query_vectors_from)}, got {config.query_vector!r}"
        )
    return family.build(spec, config, dtype)
