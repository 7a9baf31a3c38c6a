"""What the report of a study shows, as data: sections of views of its cells.

A factor is named as in factors.py, a measure as in measures.py. What stands on an axis
or tells lines and panels apart is a factor.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

# Name of the table of the least KL that was found for free vectors.
LEAST_FOUND = "free_embedding_floors"


@dataclasses.dataclass(frozen=True)
class Lines:
    """A measure against a factor: a panel for each value of one factor, say the game.

    Attributes:
      name: Name of the figure's file.
      caption: What one sees.
      x: The factor on the axis.
      line: The factors that tell lines apart.
      panel: The factor that tells panels apart.
      measure: What is drawn.
      where: Values of factors that a cell must have to be drawn.
      level: Values of factors of cells that stand at no place of `x`, such as a
        cross-encoder, and are drawn as level lines.
      log_x: Whether the axis is logarithmic; a factor of names has no scale.
      least_found: Whether the least KL found for free vectors of as many dimensions as
        `x` is drawn beside.
    """

    name: str
    caption: str
    x: str
    line: tuple[str, ...]
    panel: str = "game"
    measure: str = "kl_nats"
    where: Mapping[str, tuple[Any, ...]] = dataclasses.field(default_factory=dict)
    level: Mapping[str, tuple[Any, ...]] = dataclasses.field(default_factory=dict)
    log_x: bool = False
    least_found: bool = False


@dataclasses.dataclass(frozen=True)
class Curves:
    """A validation measure during training, of seed 0.

    Attributes:
      name: Name of the figure's file.
      caption: What one sees.
      line: The factors that tell lines apart.
      panel: The factor that tells panels apart.
      x: `steps` or `examples`.
      measure: A column of the curve.
      where: Values of factors that a cell must have to be drawn.
    """

    name: str
    caption: str
    line: tuple[str, ...]
    panel: str = "game"
    x: str = "steps"
    measure: str = "kl_nats"
    where: Mapping[str, tuple[Any, ...]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class AgainstDimension:
    """KL against the vector dimension, a line per game, then the other models."""


@dataclasses.dataclass(frozen=True)
class AgainstSubsets:
    """A measure against the number of distinct subsets, a line per model.

    Attributes:
      measure: `kl_nats` or `top_k_overlap`.
      ours: Whether to draw what was measured here, or the reference's values.
    """

    measure: str
    ours: bool = True


@dataclasses.dataclass(frozen=True)
class ShortOfGoal:
    """Validation curves of the cells that fall short of the study's goal."""


@dataclasses.dataclass(frozen=True)
class Examples:
    """What each model predicts for one query, a figure per game."""


@dataclasses.dataclass(frozen=True)
class Entropy:
    """Entropy of the predictions against the dimension.

    Attributes:
      middle: Whether to look at queries with a middle number of keys alone.
    """

    middle: bool = False


@dataclasses.dataclass(frozen=True)
class BySize:
    """KL by the number of matching keys, a figure per game."""


View = (
    Lines
    | Curves
    | AgainstDimension
    | AgainstSubsets
    | ShortOfGoal
    | Examples
    | Entropy
    | BySize
)


@dataclasses.dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
      title: Its title.
      introduction: What stands before its figures.
      views: Its figures.
    """

    title: str
    introduction: str
    views: tuple[View, ...]


# For a study of models that differ in their dimension.
STANDARD = (
    Section(
        "How many dimensions",
        "A game whose queries pick many different subsets of the keys needs vectors of "
        "more dimensions.",
        (AgainstDimension(),),
    ),
    Section(
        "KL and overlap against the number of subsets",
        "The more distinct subsets the queries of a game pick, the more a small "
        "dimension costs; a cross-encoder does not care.",
        tuple(
            AgainstSubsets(measure, ours)
            for measure in ("kl_nats", "top_k_overlap")
            for ours in (True, False)
        ),
    ),
    Section(
        "Short of the goal",
        "What the study asks of these models they did not reach.",
        (ShortOfGoal(),),
    ),
    Section(
        "What goes wrong",
        "A model short of dimensions cannot give all matching keys the same high "
        "score, so it spreads probability over neighbours that do not match.",
        (Examples(), Entropy(), Entropy(middle=True), BySize()),
    ),
)
