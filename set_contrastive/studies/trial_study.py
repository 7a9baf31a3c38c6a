"""A study whose cells are calls of a function of its own, not trainings on a game.

For a question that no configuration of a game and a model asks. The sweep calls the
function side by side, keeps what each call returns, and the report draws it.
"""

import collections
import dataclasses
from collections.abc import Mapping
from typing import Any

from set_contrastive.base.errors import UserError


@dataclasses.dataclass(frozen=True)
class Trial:
    """What a function is called with.

    Attributes:
      label: What tells it from the study's others, in folders and in tables.
      arguments: The function's, by name; JSON values.
      minutes: How long it takes on one of 2 CPU cores, measured or estimated.
    """

    label: str
    arguments: Mapping[str, Any]
    minutes: float


@dataclasses.dataclass(frozen=True)
class TrialCell:
    """A trial with one seed, in a folder of its own.

    Attributes:
      study: Name of the study.
      trial: The trial.
      seed: The function's argument `seed`.
      function: The function, `package.module:function`.
    """

    study: str
    trial: Trial
    seed: int
    function: str

    @property
    def name(self) -> str:
        """The folder below that of the sweep, `study/label/seed_0`."""
        return f"{self.study}/{self.trial.label}/seed_{self.seed}"

    @property
    def minutes(self) -> float:
        """How long it takes on one of 2 CPU cores."""
        return self.trial.minutes

    @property
    def values(self) -> dict[str, Any]:
        """What its result follows from, as JSON values."""
        return {
            "function": self.function,
            "arguments": {**self.trial.arguments, "seed": self.seed},
        }


@dataclasses.dataclass(frozen=True)
class TrialStudy:
    """A question, and the calls of a function that answer it.

    Attributes:
      name: Name of the study.
      title: What it asks, one line.
      claim: Which of its numbers are exact, which are bounds and which estimates.
      function: The function, `package.module:function`, imported where a trial runs. It
        takes the trial's arguments and `seed`, and returns a row of the table: a dict
        of JSON values, the same columns for all. A column `curve` of pairs, a step and
        a measure, is drawn in place of tabled.
      trials: What it is called with.
      curve: What is measured along a curve.

    Raises:
      UserError: If two trials have the same label, or one that names no folder.
    """

    name: str
    title: str
    claim: str
    function: str
    trials: tuple[Trial, ...]
    curve: str = "measure"

    def __post_init__(self) -> None:
        counts = collections.Counter(trial.label for trial in self.trials)
        for label, count in counts.items():
            if count > 1:
                raise UserError(
                    f"study {self.name}: two trials are called {label}; labels must "
                    "differ"
                )
            if not label.strip(".") or "/" in label:
                raise UserError(
                    f"study {self.name}: the label of a trial must be the name of a "
                    f"folder, got {label!r}"
                )

    def all_cells(self, seeds: int) -> list[TrialCell]:
        """Returns the trials with the seeds 0 to `seeds - 1`, seed by seed."""
        return [
            TrialCell(self.name, trial, seed, self.function)
            for seed in range(seeds)
            for trial in self.trials
        ]
