"""Presets: sizes of the models, and how long and how fast each game is trained."""

import dataclasses
from typing import Any, Literal, get_args

from set_contrastive.base.errors import UserError
from set_contrastive.configs import curriculum as curriculum_lib
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import Family
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.configs.optimizer_config import OptimizerName

Preset = Literal["laptop", "study"]
NAMES: tuple[str, ...] = get_args(Preset)

# A few positions read the query together, and need depth after it is read as a whole.
_LAPTOP_READER = {
    "d_model": 64,
    "d_ff": 256,
    "num_heads": 2,
    "num_layers": 5,
    "num_readout_layers": 2,
    "num_readouts": 8,
    "merge_blocks": True,
}

# Sizes of each family. A cross-encoder has at most half of a two-tower's parameters (of
# the study's: half of its layers).
_SIZES: dict[str, dict[str, dict[str, Any]]] = {
    # Trains in minutes on two CPU cores.
    "laptop": {
        "two_tower": _LAPTOP_READER,
        "classifier": _LAPTOP_READER,
        "cross_encoder": {
            "d_model": 64,
            "d_ff": 88,
            "num_heads": 2,
            "num_layers": 4,
            "num_readout_layers": 2,
            "merge_blocks": True,
        },
    },
    # The sizes of the study of 2021: 17 million parameters, and half of that.
    "study": {
        "two_tower": {"d_model": 512, "d_ff": 1024, "num_heads": 8, "num_layers": 8},
        "classifier": {"d_model": 512, "d_ff": 1024, "num_heads": 8, "num_layers": 8},
        "cross_encoder": {
            "d_model": 512,
            "d_ff": 1024,
            "num_heads": 8,
            "num_layers": 4,
        },
    },
}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a game is trained by default."""

    steps: int
    learning_rate: float
    batch_size: int = 256
    warmup_steps: int = 100
    optimizer: OptimizerName = "muon"
    curriculum: curriculum_lib.Curriculum = ()
    # How long training and measuring take on one of 2 cores, a process on each.
    minutes: float = 5.0


# Short queries are learned first, which cost little and are easy.
_PAIRS = curriculum_lib.parse("2:300,4:300,8:rest")
_FOLDS = curriculum_lib.parse("2:800,4:700,8:rest")
_CROSS_FOLDS = curriculum_lib.parse("2:400,4:300,8:rest")

# Learning rates are Muon's. docs/recipes.md says what was tried.
_LAPTOP_READER_RECIPES = {
    "set_27": Recipe(800, 0.008, minutes=0.7),
    "wildcard_27": Recipe(1000, 0.008, minutes=0.8),
    "union_27": Recipe(2200, 0.015, warmup_steps=300, curriculum=_PAIRS, minutes=3.2),
    "symdiff_27": Recipe(4000, 0.015, warmup_steps=400, curriculum=_FOLDS, minutes=5.0),
    "shatter_27": Recipe(2500, 0.015, warmup_steps=300, minutes=5.0),
}
_LAPTOP_CROSS_RECIPES = {
    "set_27": Recipe(400, 0.008, minutes=0.8),
    "wildcard_27": Recipe(500, 0.008, minutes=0.9),
    "union_27": Recipe(1000, 0.008, curriculum=_PAIRS, minutes=1.7),
    "symdiff_27": Recipe(1500, 0.008, curriculum=_CROSS_FOLDS, minutes=2.6),
    "shatter_27": Recipe(1000, 0.008, minutes=1.6),
}
_LAPTOP_RECIPES = {
    "two_tower": _LAPTOP_READER_RECIPES,
    "classifier": _LAPTOP_READER_RECIPES,
    "cross_encoder": _LAPTOP_CROSS_RECIPES,
}
_LAPTOP_DEFAULT = Recipe(2000, 0.008)
_STUDY_DEFAULT = Recipe(
    100_000, 1e-4, batch_size=1024, warmup_steps=4000, optimizer="adam"
)


def recipe(preset: str, game: str, family: str) -> Recipe:
    """Returns how a game is trained under a preset, unless a flag says otherwise."""
    _check(preset)
    if preset == "study":
        return _STUDY_DEFAULT
    return _LAPTOP_RECIPES[family].get(game, _LAPTOP_DEFAULT)


def model(preset: str, family: Family, **fields: Any) -> ModelConfig:
    """Returns a model of a preset's size.

    Args:
      preset: `laptop` or `study`.
      family: `two_tower`, `cross_encoder` or `classifier`.
      **fields: Further fields of ModelConfig; those that are None keep their default.

    Raises:
      UserError: If there is no such preset or family.
    """
    _check(preset)
    if family not in _SIZES[preset]:
        raise UserError(
            f"model must be one of {', '.join(_SIZES[preset])}, got {family!r}"
        )
    return ModelConfig(family=family, **_SIZES[preset][family], **given(fields))


def experiment(
    preset: str,
    game: str,
    model_config: ModelConfig,
    *,
    optimizer: OptimizerName | None = None,
    learning_rate: float | None = None,
    schedule: str | None = None,
    curriculum: str | None = None,
    **fields: Any,
) -> ExperimentConfig:
    """Returns the experiment of a preset's recipe for a game.

    Args:
      preset: `laptop` or `study`.
      game: Name of the game.
      model_config: The model.
      optimizer: Name of the optimizer, in place of the recipe's.
      learning_rate: Highest learning rate, in place of the recipe's; Adam in place of
        Muon takes its share of it.
      schedule: Name of the schedule, in place of the default.
      curriculum: Text such as `1:400,8:rest`, in place of the recipe's; empty for none.
        The recipe's is stretched to the number of steps.
      **fields: Further fields of ExperimentConfig; those that are None keep the
        recipe's value or their default.
    """
    chosen = recipe(preset, game, model_config.family)
    if curriculum is not None:
        phases = curriculum_lib.parse(curriculum)
    else:
        phases = curriculum_lib.stretch(
            chosen.curriculum, (fields.get("steps") or chosen.steps) / chosen.steps
        )
    fields = {"steps": chosen.steps, "batch_size": chosen.batch_size} | given(fields)
    defaults = OptimizerConfig(chosen.optimizer, learning_rate=chosen.learning_rate)
    if optimizer == "adam" and chosen.optimizer == "muon":
        share = chosen.learning_rate * defaults.adam_lr_ratio
        defaults = OptimizerConfig("adam", learning_rate=share)
    given_here = {
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "schedule": schedule,
        "warmup_steps": chosen.warmup_steps,
    }
    return ExperimentConfig(
        game=game,
        model=model_config,
        optimizer=dataclasses.replace(defaults, **given(given_here)),
        curriculum=phases,
        **fields,
    )


def given(fields: dict[str, Any]) -> dict[str, Any]:
    """Returns the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def _check(preset: str) -> None:
    if preset not in _SIZES:
        raise UserError(f"preset must be one of {', '.join(_SIZES)}, got {preset!r}")
