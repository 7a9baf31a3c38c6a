"""What of a transformer's start matters: variants of one training, on reversing."""

import dataclasses
import pathlib
import re
from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

from set_contrastive.base.errors import InterruptedRunError
from set_contrastive.base.store import Store
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.engines import tasks as engine
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

    @property
    def label(self) -> str:
        """Name of its row's file, such as `warm-up-1000`."""
        return re.sub(r"[^\w-]+", "_", f"{self.group}-{self.name}".strip("-"))


def sweep(
    asked: Sequence[Variant], folder: pathlib.Path, parallel: int | None = None
) -> list[dict[str, Any]]:
    """Trains variants side by side and returns their rows, in the same order.

    A row is kept in the folder when its training ends. The next call trains what is
    not there.

    Args:
      asked: The variants.
      folder: Where rows are kept.
      parallel: Trainings at a time; one for each core by default.

    Raises:
      UserError: If the folder holds rows of variants that are trained otherwise.
      InterruptedRunError: If SIGINT came; rows are kept.
    """
    store = Store(folder)
    values = {variant.label: dataclasses.asdict(variant) for variant in asked}
    names = [field.name for field in dataclasses.fields(Variant)]
    store.open({n: {label: v[n] for label, v in values.items()} for n in names})
    waiting = [variant for variant in asked if not store.has(variant.label)]
    with tqdm(
        desc=folder.name,
        total=len(asked),
        initial=len(asked) - len(waiting),
        unit="training",
    ) as bar:
        try:
            for variant, row in engine.run(run, waiting, parallel=parallel):
                store.put(variant.label, row, {})
                bar.update()
        except KeyboardInterrupt:
            raise InterruptedRunError(
                f"stopped; the same command goes on from what is saved in {folder}"
            ) from None
    return [store.get(variant.label) for variant in asked]


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
