"""What a family of models is: one record in the family's own file.

Records are read without TensorFlow, by commands that build no model; so a family's
file imports Keras inside of its `build`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from set_contrastive.base.choices import choose
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.recipes import Recipe
from set_contrastive.configs.recipes import Recipes
from set_contrastive.games.game import GameSpec

if TYPE_CHECKING:
    from set_contrastive.models.scorer import Scorer


@dataclasses.dataclass(frozen=True)
class Preset:
    """Sizes of a family's models, and how they are trained.

    Attributes:
      sizes: Fields of `ModelConfig`.
      recipes: How each game is trained.
    """

    sizes: Mapping[str, Any]
    recipes: Recipes


@dataclasses.dataclass(frozen=True)
class Family:
    """All that is special to a family of models.

    Attributes:
      name: What flags and files call it.
      summary: What it is, in a few words, for the flag's help.
      build: `build(spec, config, dtype)` returns a scorer; `dtype` is the precision
        policy of the transformer.
      presets: Sizes and recipes by name of the preset.
      label: Name of a model in folders and tables; `{vector_dim}` and all other
        fields of `ModelConfig` are filled in.
      title: The same for people.
      uses_vector_dim: Whether `vector_dim` means anything.
      query_vectors_from: The values of `query_vector` that it takes.
      card: What its models are, for the model card, filled in as `label`; or a
        function of the configuration.
      limit: Where they end, for the model card.
    """

    name: str
    summary: str
    build: Callable[[GameSpec, ModelConfig, Any], Scorer]
    presets: Mapping[str, Preset]
    label: str
    title: str
    card: str | Callable[[ModelConfig], str]
    limit: str
    uses_vector_dim: bool = True
    query_vectors_from: tuple[str, ...] = ("learned",)

    @property
    def labelled_by_dim(self) -> bool:
        """Whether the label tells the vector dimension, as the one size that varies."""
        return "{vector_dim}" in self.label

    def label_of(self, config: ModelConfig) -> str:
        """Returns a model's name in folders and tables, such as `two_tower_d27`."""
        return self.label.format(**dataclasses.asdict(config))

    def title_of(self, config: ModelConfig) -> str:
        """Returns a model's name for people, such as `two-tower d = 27`."""
        return self.title.format(**dataclasses.asdict(config))

    def card_of(self, config: ModelConfig) -> str:
        """Returns what a model is, in a sentence or two."""
        card = self.card(config) if callable(self.card) else self.card
        return card.format(**dataclasses.asdict(config))

    def recipe(self, preset: str, game: str) -> Recipe:
        """Returns how a game is trained under a preset.

        Raises:
          UserError: If there is no such preset.
        """
        return choose("preset", preset, self.presets).recipes.get(game)
