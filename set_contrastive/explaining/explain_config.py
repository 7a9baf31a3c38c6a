"""What to explain, and how."""

import dataclasses

from set_contrastive.base.errors import UserError
from set_contrastive.configs.checks import check_at_least
from set_contrastive.explaining.gradients import Baseline
from set_contrastive.explaining.gradients import Explained
from set_contrastive.games import splits


@dataclasses.dataclass(frozen=True)
class ExplainConfig:
    """Which scorer, which query and key, or how many queries to grade it on."""

    # Folder of a trained run; several, with commas between them, for --grade.
    workdir: tuple[str, ...] = ()
    # Folder of one version of an exported scorer, in place of a run. It has no
    # gradients, so pairs are replaced alone.
    saved_model: str | None = None
    # The query's text, such as 'red-solid-circle green-*-square | ...'.
    query: str | None = None
    # The key whose score is explained, such as 'red-solid-circle'.
    key: str | None = None
    # What is explained: the key's score; or its log probability, which leaves out what
    # is added to the scores of all keys.
    explained: Explained = "score"
    # What integrated gradients compare with: zero embeddings, or the mean of all.
    baseline: Baseline = "zero"
    # How far integrated gradients may be from complete: the sum of the attributions
    # from the score less the baseline's, as a share of the latter, or of 1.
    tolerance: float = 0.01
    # Measures how often the best pair of each method is one that truly gives the key.
    grade: bool = False
    # Number of queries to grade on.
    num_queries: int = 1000
    # Seed of those queries and their keys; the splits have 1 to 3.
    seed: int = 4
    # Folder for JSON, CSV and pictures; none writes nothing.
    output: str | None = None
    # The game, for one of your own as package.module:factory, which is not imported
    # because a file names it.
    game: str | None = None
    # The model's family, for one of your own as package.module:FAMILY, which is not
    # imported because a file names it.
    model: str | None = None

    def __post_init__(self) -> None:
        check_at_least(self, 1, "num_queries")
        if not self.tolerance > 0:
            raise UserError(f"tolerance must be above 0, got {self.tolerance}")
        if bool(self.workdir) == bool(self.saved_model):
            raise UserError("expected one of workdir and saved_model")
        if self.grade:
            self._check_grade()
        elif self.query is None or self.key is None:
            raise UserError("expected a query and a key, or --grade")
        elif len(self.workdir) > 1:
            raise UserError(
                "workdir must be one run to explain a query of, got several"
            )

    def _check_grade(self) -> None:
        if self.query is not None or self.key is not None:
            raise UserError("--grade draws its queries, expected no query and no key")
        if self.seed < 0 or self.seed in splits.SEEDS.values():
            raise UserError(
                f"seed must be 0 or at least {1 + max(splits.SEEDS.values())}, as the "
                f"others are those of the splits, got {self.seed}"
            )
