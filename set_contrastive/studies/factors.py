"""What varies between the experiments of a study: fields of their configurations.

A factor is named as the flag of its field: `game`, `model` for the family, and any
other field of `ExperimentConfig`, `ModelConfig` or `OptimizerConfig`. A `Grid` holds
the values of its factors, and stands for all their combinations.
"""

import dataclasses
import itertools
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from set_contrastive.base.errors import UserError
from set_contrastive.configs import curriculum
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.models import families
from set_contrastive.training import presets

GAME, MODEL = "game", "model"

# No experiment of a study tells these apart: where the data lie and which seed.
_UNTOLD = ("data_dir", "seed")
# As the study of 2021 did: no query is seen twice.
_ALWAYS = {"stream": True}


def _fields(config: type) -> tuple[str, ...]:
    nested = (ModelConfig, OptimizerConfig)
    return tuple(f.name for f in dataclasses.fields(config) if f.type not in nested)


_OF_MODEL = tuple(name for name in _fields(ModelConfig) if name != "family")
_OF_OPTIMIZER = _fields(OptimizerConfig)
_OF_EXPERIMENT = tuple(x for x in _fields(ExperimentConfig) if x not in _UNTOLD)
NAMES = (*_OF_EXPERIMENT, MODEL, *_OF_MODEL, *_OF_OPTIMIZER)

# What follows from fields: it can stand on an axis, and no grid can set it.
DERIVED: Mapping[str, Callable[[ExperimentConfig], Any]] = {
    "floats_per_key": lambda config: config.model.key_vectors * config.model.vector_dim,
}


@dataclasses.dataclass(frozen=True)
class Grid:
    """All combinations of the values of some factors.

    Attributes:
      factors: The values of each factor, by its name; `game` and `model` among them.
        What is no factor is as the preset has it.
      preset: Name of the preset.

    Raises:
      UserError: If a factor is unknown or has no value, or there is no game or model.
    """

    factors: Mapping[str, tuple[Any, ...]]
    preset: str = "laptop"

    def __post_init__(self) -> None:
        for name, values in self.factors.items():
            _check(name, NAMES)
            if not isinstance(values, tuple) or not values:
                raise UserError(
                    f"factor {name} must have a tuple of values, got {values}"
                )
        for name in (GAME, MODEL):
            if name not in self.factors:
                known = ", ".join(self.factors)
                raise UserError(f"a grid must have the factor {name}, got {known}")

    def experiments(self, data_dir: str, seed: int) -> list[ExperimentConfig]:
        """Returns an experiment for each combination, the last factor first."""
        return [
            experiment(
                self.preset,
                dict(zip(self.factors, values, strict=True)),
                data_dir=data_dir,
                seed=seed,
            )
            for values in itertools.product(*self.factors.values())
        ]


def experiment(preset: str, values: Mapping[str, Any], **more: Any) -> ExperimentConfig:
    """Returns the experiment of a preset in which factors have these values.

    Raises:
      UserError: If a value is none that its field takes.
    """
    of_model = {name: values[name] for name in values if name in _OF_MODEL}
    others = {
        name: value
        for name, value in values.items()
        if name not in _OF_MODEL and name not in (GAME, MODEL)
    }
    model = presets.model(preset, values[MODEL], **of_model)
    return presets.experiment(preset, values[GAME], model, **_ALWAYS | others | more)


def value(config: ExperimentConfig, name: str) -> Any:
    """Returns the value of a factor in an experiment.

    Raises:
      UserError: If there is no such factor.
    """
    _check(name, (*NAMES, *_UNTOLD, *DERIVED))
    if name in DERIVED:
        return DERIVED[name](config)
    if name == MODEL:
        return config.model.family
    if name in _UNTOLD:
        return getattr(config, name)
    if name in _OF_MODEL:
        return getattr(config.model, name)
    return getattr(config.optimizer if name in _OF_OPTIMIZER else config, name)


def deviations(config: ExperimentConfig, preset: str) -> dict[str, Any]:
    """Returns the factors that are not as a preset has them, and that no label tells.

    An experiment is so told from all others of its game, model and seed, whichever
    study asks for it.
    """
    family = families.get(config.model.family)
    told = {name for _, name, _, _ in string.Formatter().parse(family.label) if name}
    usual = experiment(
        preset,
        {
            GAME: config.game,
            MODEL: config.model.family,
            **{name: value(config, name) for name in told & set(_OF_MODEL)},
            # What the preset stretches or chooses by these is as they ask for.
            "steps": config.steps,
            "optimizer": config.optimizer.optimizer,
        },
    )
    # A recipe's own steps and optimizer are the preset's, others are not.
    recipe = family.recipe(preset, config.game)
    of_recipe = {"steps": recipe.steps, "optimizer": recipe.optimizer}
    untold = (GAME, MODEL, *(() if family.uses_vector_dim else ("vector_dim",)))
    return {
        name: value(config, name)
        for name in NAMES
        if name not in untold
        and value(config, name) != of_recipe.get(name, value(usual, name))
    }


def minutes(config: ExperimentConfig, preset: str) -> float:
    """Returns how long an experiment takes, by the minutes of the preset's recipe."""
    recipe = families.get(config.model.family).recipe(preset, config.game)
    share = config.steps * config.batch_size / (recipe.steps * recipe.batch_size)
    return recipe.minutes * share


def spelled(name: str, found: Any) -> str:
    """Returns a factor's value as text, such as `256` or `2:300,8:600`."""
    if name == "curriculum":
        return curriculum.spell(found) or "none"
    return str(found)


def _check(name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise UserError(
            f"factor must be one of {', '.join(sorted(known))}, got {name!r}"
        )
