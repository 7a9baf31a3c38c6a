"""Frozen configuration of the optimizer and its learning rate."""

import dataclasses

from set_contrastive.base.errors import UserError
from set_contrastive.configs.checks import check_at_least
from set_contrastive.configs.checks import check_types


@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """The optimizer and its learning rate."""

    # Name of the optimizer; muon is Muon for matrices of hidden layers, Adam for all
    # else, and learns in fewer steps than adam alone.
    optimizer: str = "adam"
    # Adam's learning rate under muon, as a share of Muon's.
    adam_lr_ratio: float = 0.2
    # Highest learning rate.
    learning_rate: float = 2e-3
    # How the learning rate falls after the warm-up.
    schedule: str = "cosine"
    # Steps in which the learning rate rises.
    warmup_steps: int = 100
    # Gradients are scaled down to at most this global norm; 0 leaves them.
    clip_norm: float = 1.0
    # Decay of Adam's mean of gradients.
    beta_1: float = 0.9
    # Decay of Adam's mean of squared gradients.
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
