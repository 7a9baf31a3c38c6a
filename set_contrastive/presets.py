"""Presets: sizes of the models, and how long and how fast each game is trained."""

import dataclasses
from typing import Any, Literal, get_args

from set_contrastive import curriculum as curriculum_lib
from set_contrastive.config import ExperimentConfig
from set_contrastive.config import Family
from set_contrastive.config import ModelConfig
from set_contrastive.config import ObjectiveName
from set_contrastive.config import OptimizerConfig
from set_contrastive.errors import UserError

Preset = Literal["laptop", "study"]
NAMES: tuple[str, ...] = get_args(Preset)

# A query that one position reads needs depth after it is read as a whole.
_LAPTOP_READER = {
    "d_model": 64,
    "d_ff": 256,
    "num_heads": 2,
    "num_layers": 4,
    "num_readout_layers": 2,
}

# Sizes of each family. A cross-encoder has at most half of a two-tower's parameters (of
# the study's: half of its layers).
_SIZES: dict[str, dict[str, dict[str, Any]]] = {
    # Trains in minutes on two CPU cores.
    "laptop": {
        "two_tower": _LAPTOP_READER,
        "classifier": _LAPTOP_READER,
        "cross_encoder": {"d_model": 64, "d_ff": 128, "num_heads": 2, "num_layers": 2},
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


# A two-tower is trained by contrast; the others are what it is compared with.
_OBJECTIVES: dict[str, ObjectiveName] = {
    "two_tower": "infonce_support",
    "classifier": "cross_entropy_support",
    "cross_encoder": "cross_entropy_support",
}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a game is trained by default."""

    steps: int
    learning_rate: float
    batch_size: int = 256
    warmup_steps: int = 100
    curriculum: curriculum_lib.Curriculum = ()
    # How long training and measuring take on one of 2 cores, a process on each.
    minutes: float = 5.0


# Pairs are learned from short queries first, which cost little and are easy.
_PAIRS = curriculum_lib.parse("2:400,4:300,8:rest")

# A guess from union_27; docs/recipes.md says what has been measured.
_FOLDS = curriculum_lib.parse("2:600,3:600,4:600,6:600,8:rest")

# A cross-encoder needs fewer steps, each of which costs more.
_LAPTOP_RECIPES: dict[tuple[str, str], Recipe] = {
    ("set_27", "two_tower"): Recipe(400, 3e-3),
    ("set_27", "classifier"): Recipe(400, 3e-3),
    ("set_27", "cross_encoder"): Recipe(300, 3e-3),
    ("wildcard_27", "two_tower"): Recipe(600, 3e-3),
    ("wildcard_27", "classifier"): Recipe(600, 3e-3),
    ("wildcard_27", "cross_encoder"): Recipe(400, 3e-3),
    ("union_27", "two_tower"): Recipe(2600, 3e-3, curriculum=_PAIRS),
    ("union_27", "classifier"): Recipe(2600, 3e-3, curriculum=_PAIRS),
    ("union_27", "cross_encoder"): Recipe(1000, 3e-3, curriculum=_PAIRS),
    ("symdiff_27", "two_tower"): Recipe(6000, 2e-3, curriculum=_FOLDS),
    ("symdiff_27", "classifier"): Recipe(6000, 2e-3, curriculum=_FOLDS),
    ("symdiff_27", "cross_encoder"): Recipe(5000, 2e-3, curriculum=_FOLDS),
}
_LAPTOP_DEFAULT = Recipe(2000, 3e-3)
_STUDY_DEFAULT = Recipe(100_000, 1e-4, batch_size=1024, warmup_steps=4000)


def recipe(preset: str, game: str, family: str) -> Recipe:
    """Returns how a game is trained under a preset, unless a flag says otherwise."""
    _check(preset)
    if preset == "study":
        return _STUDY_DEFAULT
    return _LAPTOP_RECIPES.get((game, family), _LAPTOP_DEFAULT)


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
      learning_rate: Highest learning rate, in place of the recipe's.
      schedule: Name of the schedule, in place of the default.
      curriculum: Text such as `1:400,8:rest`, in place of the recipe's; empty for none.
        The recipe's is stretched to the number of steps.
      **fields: Further fields of ExperimentConfig; those that are None keep the
        recipe's value or their default.
    """
    chosen = recipe(preset, game, model_config.family)
    if fields.get("objective") is None:
        fields["objective"] = _OBJECTIVES[model_config.family]
    if curriculum is not None:
        phases = curriculum_lib.parse(curriculum)
    else:
        phases = curriculum_lib.stretch(
            chosen.curriculum, (fields.get("steps") or chosen.steps) / chosen.steps
        )
    fields = {"steps": chosen.steps, "batch_size": chosen.batch_size} | given(fields)
    optimizer = {"learning_rate": chosen.learning_rate} | given(
        {"learning_rate": learning_rate, "schedule": schedule}
    )
    return ExperimentConfig(
        game=game,
        model=model_config,
        optimizer=OptimizerConfig(
            warmup_steps=chosen.warmup_steps,
            **optimizer,
        ),
        curriculum=phases,
        **fields,
    )


def given(fields: dict[str, Any]) -> dict[str, Any]:
    """Returns the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def _check(preset: str) -> None:
    if preset not in _SIZES:
        raise UserError(f"preset must be one of {', '.join(_SIZES)}, got {preset!r}")
