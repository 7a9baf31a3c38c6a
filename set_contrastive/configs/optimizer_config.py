"""Frozen configuration of the optimizer and its learning rate."""

import dataclasses
from typing import Literal

from set_contrastive.base.errors import UserError
from set_contrastive.configs.checks import check_at_least
from set_contrastive.configs.checks import check_types

ScheduleName = Literal["cosine", "transformer", "stepwise", "constant"]
OptimizerName = Literal["adam", "muon"]


@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """The optimizer and its learning rate."""

    # adam, or muon: Muon for matrices of hidden layers, Adam for all else.
    optimizer: OptimizerName = "adam"
    # Adam's learning rate under muon, as a share of Muon's.
    adam_lr_ratio: float = 0.2
    # Highest learning rate, and how it rises and falls.
    learning_rate: float = 2e-3
    schedule: ScheduleName = "cosine"
    warmup_steps: int = 100
    # Gradients are scaled down to at most this global norm; 0 leaves them.
    clip_norm: float = 1.0
    beta_1: float = 0.9
    beta_2: float = 0.98

    def __post_init__(self) -> None:
        check_types(self)
        check_at_least(self, 0, "warmup_steps", "clip_norm")
        for name in ("learning_rate", "adam_lr_ratio"):
            if not getattr(self, name) > 0:
                raise UserError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("beta_1", "beta_2"):
            if not 0 <= getattr(self, name) < 1:
                raise UserError(f"{name} must be in [0, 1), got {getattr(self, name)}")
