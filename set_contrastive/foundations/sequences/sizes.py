"""Sizes of the encoder-decoder, and how its weights start."""

import dataclasses
from typing import Literal, get_args

from set_contrastive.configs.checks import check_at_least
from set_contrastive.configs.checks import check_types

Positions = Literal["learned", "half", "sinusoidal"]
POSITIONS = get_args(Positions)


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Sizes of the model, and how its weights start."""

    # Width of the states.
    d_model: int = 64
    # Width of the inner dense layers.
    d_ff: int = 256
    # Attention heads.
    num_heads: int = 2
    # Layers of the encoder, and of the decoder.
    num_layers: int = 2
    # Whether symbols start as N(0, 1 / d_model), or else as N(0, 1).
    scaled_symbols: bool = True
    # learned: N(0, 1 / d_model) at the start; half: with half the variance;
    # sinusoidal: not learned, sines and cosines of unit mean square over d_model.
    positions: Positions = "learned"
    # Whether W_Q and W_K are equal at the start.
    equal_query_key: bool = False
    # Whether W_O is zero at the start.
    zero_output: bool = False

    def __post_init__(self) -> None:
        check_types(self)
        check_at_least(self, 1, "d_model", "d_ff", "num_heads", "num_layers")
