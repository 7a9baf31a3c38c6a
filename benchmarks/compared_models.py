"""The models whose speed is compared."""

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.training import presets


def model(preset: str, family: str) -> ModelConfig:
    """Returns a preset's model, of which peers can build the same.

    A two-tower learns its query vector: Newton's method is in none of the peers.
    """
    fields = {"query_vector": "learned"} if family == "two_tower" else {}
    return presets.model(preset, family, **fields)  # type: ignore[arg-type] # A flag's.
