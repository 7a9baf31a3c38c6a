"""What of a transformer's start matters: variants of one training, on reversing."""

import dataclasses
from typing import Any

from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.foundations.sequences import toy
from set_contrastive.foundations.sequences.encoder_decoder import POSITIONS
from set_contrastive.foundations.sequences.encoder_decoder import Sizes

TASK = "reversing"
ENOUGH = 0.95  # Share of exact matches at which a training ends.
WARMUPS = (1000, 2000, 4000, 8000, 16000)


@dataclasses.dataclass(frozen=True)
class Variant:
    """One training.

    Attributes:
      group: What is varied.
      name: The value.
      sizes: The model.
      optimizer: The optimizer.
      steps: Most steps.
      batch_size: Examples of a step.
      seed: Seed of weights and examples.
    """

    group: str
    name: str
    sizes: Sizes
    optimizer: OptimizerConfig
    steps: int
    batch_size: int
    seed: int


def variants(steps: int, batch_size: int, seed: int) -> list[Variant]:
    """Returns all variants, the base first.

    The base is as the study's: Adam, warm-up of 4,000 steps and then a fall with the
    square root of steps, symbols N(0, 1 / d_model), learned positions.
    """
    sizes = Sizes()
    adam = OptimizerConfig(
        "adam", learning_rate=2e-3, schedule="transformer", warmup_steps=4000
    )

    def variant(group: str, name: str, warmup: int = 4000, **start: Any) -> Variant:
        return Variant(
            group,
            name,
            dataclasses.replace(sizes, **start),
            dataclasses.replace(
                adam, warmup_steps=warmup, learning_rate=2e-3 * (4000 / warmup) ** 0.5
            ),
            steps,
            batch_size,
            seed,
        )

    return [
        variant("base", ""),
        *(variant("warm-up", str(n), n) for n in WARMUPS if n != 4000),
        variant("W_Q = W_K", "equal", equal_query_key=True),
        variant("W_O", "zero", zero_output=True),
        variant("symbols", "N(0, 1)", scaled_symbols=False),
        *(variant("positions", p, positions=p) for p in POSITIONS if p != "learned"),
    ]


def run(variant: Variant) -> dict[str, Any]:
    """Returns a row of one training, with its curve."""
    curve = toy.train(
        TASK,
        variant.sizes,
        variant.optimizer,
        variant.steps,
        variant.batch_size,
        variant.seed,
        ENOUGH,
    )
    steps, share = curve[-1]
    return {
        "varied": variant.group,
        "value": variant.name,
        "exact_match": share,
        "steps_to_90": _first(curve, 0.9),
        "steps_to_95": _first(curve, ENOUGH),
        "steps": steps,
        "curve": curve,
    }


def _first(curve: list[tuple[int, float]], share: float) -> int | None:
    """Returns after how many steps a share was first measured, if it was."""
    return next((steps for steps, found in curve if found >= share), None)
