"""What two-tower models of a skewed game are trained on, without TensorFlow."""

import dataclasses

from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.theory.joints import skewed_game

NAME = "zero_shot_skewed_union_27"
TRAINED: tuple[str, ...] = ("infonce", "cross_entropy")
_MODEL = ModelConfig(
    "two_tower",
    vector_dim=27,
    d_model=64,
    d_ff=128,
    num_heads=2,
    num_layers=3,
    num_readout_layers=2,
    num_readouts=2,
    merge_blocks=True,
)


@dataclasses.dataclass(frozen=True)
class ZeroShotConfig:
    """What is trained on what."""

    # Pairs of cards of a query of union_27, which has 8.
    pairs: int = 2
    # Exponent of Zipf's law for the keys' frequencies; 0 makes all alike.
    zipf: float = 1.0
    # Steps and batch of each model, and number of seeds, 0 upwards.
    steps: int = 1000
    batch_size: int = 256
    seeds: int = 3
    # The scorer, two-tower with as many dimensions as there are keys.
    model: ModelConfig = _MODEL
    # Queries that scorers are measured on.
    test_queries: int = 4096

    def __post_init__(self) -> None:
        for name in ("pairs", "steps", "batch_size", "seeds", "test_queries"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} must be at least 1, got {getattr(self, name)}")
        skewed_game.zipf_weights(1, self.zipf)  # Checks it before anything is trained.

    @property
    def total_steps(self) -> int:
        """Steps of all models together."""
        return len(TRAINED) * self.seeds * self.steps
