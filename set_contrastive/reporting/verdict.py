"""What became of each game and model, beside its goal and the reference."""

import dataclasses
import math
from typing import Any

import numpy as np

from set_contrastive.reporting.results import Results


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The KL of a game and a model over the seeds.

    Attributes:
      game: Name of the game.
      model: Label of the model.
      kl_nats: Mean over the finished seeds; NaN if there is none.
      spread: Standard deviation over the seeds; None if there are fewer than two.
      goal: Largest KL that the study accepts, if it says so.
      reference: KL that the study's reference reports, if it does.
    """

    game: str
    model: str
    kl_nats: float
    spread: float | None
    goal: float | None
    reference: float | None

    @property
    def is_finished(self) -> bool:
        """Whether at least one seed has been measured."""
        return not math.isnan(self.kl_nats)

    @property
    def meets_goal(self) -> bool:
        """Whether the mean reaches the goal; True if there is none."""
        return self.goal is None or self.kl_nats <= self.goal

    def to_dict(self) -> dict[str, Any]:
        """Returns the values that JSON can hold; None for a KL that is missing."""
        kl = self.kl_nats if self.is_finished else None
        return {**dataclasses.asdict(self), "kl_nats": kl}


def judge(results: Results) -> list[Verdict]:
    """Returns a verdict for each game and model, in the study's order."""
    study = results.study
    references = {(r.game, r.model): r.kl_nats for r in study.references}
    verdicts = []
    for game in results.games:
        for model in results.models:
            values = results.values(game, model, "kl_nats")
            verdicts.append(
                Verdict(
                    game,
                    model,
                    float(np.mean(values)) if values else math.nan,
                    float(np.std(values, ddof=1)) if len(values) > 1 else None,
                    study.goals.get((game, model)),
                    references.get((game, model)),
                )
            )
    return verdicts
