"""Recipes: how long, how fast and on which queries each game is trained by default.

docs/recipes.md says what was tried.
"""

import dataclasses
from collections.abc import Mapping

from set_contrastive.configs import curriculum as curriculum_lib


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a game is trained by default."""

    steps: int
    # Highest learning rate of the recipe's optimizer.
    learning_rate: float
    batch_size: int = 256
    warmup_steps: int = 100
    optimizer: str = "muon"
    # Learning rates of other optimizers; one that is missing takes the recipe's own.
    other_learning_rates: Mapping[str, float] = dataclasses.field(default_factory=dict)
    curriculum: curriculum_lib.Curriculum = ()
    # How long training and measuring take on one of 2 cores, a process on each.
    minutes: float = 5.0


@dataclasses.dataclass(frozen=True)
class Recipes:
    """The recipes of a preset for one kind of model.

    Attributes:
      default: For games that have none of their own.
      by_game: The others, by name of the game.
    """

    default: Recipe
    by_game: Mapping[str, Recipe] = dataclasses.field(default_factory=dict)

    def get(self, game: str) -> Recipe:
        """Returns the recipe of a game."""
        return self.by_game.get(game, self.default)


def _muon(
    steps: int, learning_rate: float, curriculum: str = "", **fields: float
) -> Recipe:
    """Returns a recipe with Muon; Adam in its place takes a fifth of the rate."""
    return Recipe(
        steps,
        learning_rate,
        other_learning_rates={"adam": learning_rate * 0.2},
        curriculum=curriculum_lib.parse(curriculum),
        **fields,  # type: ignore[arg-type]  # Minutes and warm-up steps.
    )


_LAPTOP_DEFAULT = _muon(2000, 0.008)

# Models that read the query by itself, with the laptop preset.
LAPTOP_QUERY_ALONE = Recipes(
    _LAPTOP_DEFAULT,
    {
        "set_27": _muon(800, 0.008, minutes=1.1),
        "wildcard_27": _muon(1000, 0.008, minutes=1.5),
        # Long warm-ups and short queries first, or runs stay on their plateau.
        "union_27": _muon(
            2400, 0.012, "1:100,2:200,8:rest", warmup_steps=200, minutes=4.2
        ),
        "symdiff_27": _muon(
            8000, 0.006, "1:100,2:200,8:rest", warmup_steps=200, minutes=17.0
        ),
        "shatter_27": _muon(2300, 0.012, warmup_steps=200, minutes=6.8),
        # A third card of four attributes is learned of single pairs first.
        "union_81": _muon(
            4000, 0.012, "1:400,2:200,8:rest", warmup_steps=300, minutes=14.5
        ),
    },
)

# The same with the light preset.
LIGHT_QUERY_ALONE = Recipes(
    _LAPTOP_DEFAULT,
    {
        "set_27": _muon(800, 0.008, minutes=0.7),
        "wildcard_27": _muon(1000, 0.008, minutes=0.8),
        # Short queries first, or one run of three stays on its plateau.
        "union_27": _muon(1600, 0.015, "2:200,8:rest", warmup_steps=300, minutes=2.0),
        "symdiff_27": _muon(
            4000, 0.015, "2:800,4:700,8:rest", warmup_steps=400, minutes=5.0
        ),
        "shatter_27": _muon(2500, 0.015, warmup_steps=300, minutes=5.0),
    },
)

# Models that read query and key together, with the laptop preset.
LAPTOP_QUERY_AND_KEY = Recipes(
    _LAPTOP_DEFAULT,
    {
        "set_27": _muon(400, 0.008, minutes=0.8),
        "wildcard_27": _muon(500, 0.008, minutes=0.9),
        "union_27": _muon(600, 0.008, minutes=0.9),
        "symdiff_27": _muon(8000, 0.006, "1:100,2:200,8:rest", minutes=14.0),
        "shatter_27": _muon(1000, 0.008, minutes=1.6),
        "union_81": _muon(1500, 0.008, "1:400,2:200,8:rest", minutes=4.7),
    },
)

# The same with the light preset.
LIGHT_QUERY_AND_KEY = Recipes(
    _LAPTOP_DEFAULT,
    {
        **LAPTOP_QUERY_AND_KEY.by_game,
        "symdiff_27": _muon(1500, 0.008, "2:400,4:300,8:rest", minutes=2.6),
    },
)

# All models with the sizes of the study of 2021.
STUDY = Recipes(
    Recipe(100_000, 1e-4, batch_size=1024, warmup_steps=4000, optimizer="adam")
)
