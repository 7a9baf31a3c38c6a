"""Presets: fields of an experiment, by the family's sizes and the game's recipe."""

import dataclasses
from typing import Any

from set_contrastive.base.choices import choose
from set_contrastive.configs import curriculum as curriculum_lib
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.models import families

# laptop trains in minutes on two CPU cores; light takes half of that, and stays further
# above the floor where the dimension is short; study has the sizes of 2021.
NAMES = ("laptop", "light", "study")

_OPTIMIZER_FIELDS = {field.name for field in dataclasses.fields(OptimizerConfig)}


def model(preset: str, family: str, **fields: Any) -> ModelConfig:
    """Returns a model of a preset's size.

    Args:
      preset: One of `NAMES`.
      family: Name of the family.
      **fields: Fields of ModelConfig, in place of the preset's; None keeps those.

    Raises:
      UserError: If there is no such preset or family.
    """
    sizes = choose("preset", preset, families.get(family).presets).sizes
    return ModelConfig(family=family, **{**sizes, **given(fields)})


def experiment(
    preset: str,
    game: str,
    model_config: ModelConfig,
    recipe_of: str | None = None,
    **fields: Any,
) -> ExperimentConfig:
    """Returns the experiment of a preset's recipe for a game.

    Args:
      preset: One of `NAMES`.
      game: Name of the game.
      model_config: The model.
      recipe_of: Name of the game whose recipe it is, where `game` is a data set of
        another name.
      **fields: Fields of ExperimentConfig and OptimizerConfig, in place of the
        recipe's; None keeps those. The recipe's curriculum is stretched to the number
        of steps.

    Raises:
      UserError: If there is no such preset or family, or a value is wrong.
    """
    fields = given(fields)
    recipe = families.get(model_config.family).recipe(preset, recipe_of or game)
    optimizer = fields.get("optimizer", recipe.optimizer)
    of_optimizer: dict[str, Any] = {
        "optimizer": optimizer,
        "learning_rate": recipe.other_learning_rates.get(
            optimizer, recipe.learning_rate
        ),
        "warmup_steps": recipe.warmup_steps,
    }
    of_experiment: dict[str, Any] = {
        "batch_size": recipe.batch_size,
        "steps": recipe.steps,
        "curriculum": curriculum_lib.stretch(
            recipe.curriculum, fields.get("steps", recipe.steps) / recipe.steps
        ),
    }
    for name, value in fields.items():
        (of_optimizer if name in _OPTIMIZER_FIELDS else of_experiment)[name] = value
    return ExperimentConfig(
        game=game,
        model=model_config,
        optimizer=OptimizerConfig(**of_optimizer),
        **of_experiment,
    )


def given(fields: dict[str, Any]) -> dict[str, Any]:
    """Returns the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}
