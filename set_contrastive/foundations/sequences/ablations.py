r"""What of a transformer's start matters: a study of the sweep, on reversing.

    STUDY=set_contrastive.foundations.sequences.ablations:STUDY
    python -m set_contrastive.sweep --study=$STUDY --workdir=runs/ablations
    python -m set_contrastive.report --study=$STUDY --workdir=runs/ablations \
        --output=ablations

Ten trainings that differ from the first in one thing each. The base is as the study of
2021 had it: Adam, a warm-up of 4,000 steps and then a fall with the square root of
steps, symbols N(0, 1 / d_model), learned positions.
"""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.foundations.sequences.sizes import POSITIONS
from set_contrastive.foundations.sequences.sizes import Sizes
from set_contrastive.studies.trial_study import Trial
from set_contrastive.studies.trial_study import TrialStudy

TASK = "reversing"
ENOUGH = 0.95  # Share of exact matches at which a training ends.
WARMUPS = (1000, 2000, 4000, 8000, 16000)
_STEPS = 6000  # At most.
_BATCH_SIZE = 64
_ADAM = OptimizerConfig(
    "adam", learning_rate=2e-3, schedule="transformer", warmup_steps=4000
)


def _trial(varied: str, value: str, warmup: int = 4000, **start: Any) -> Trial:
    """Returns the training that differs from the base in what is given.

    With the schedule of the paper, warm-ups with these rates fall along one curve.
    """
    rate = _ADAM.learning_rate * (_ADAM.warmup_steps / warmup) ** 0.5
    optimizer = dataclasses.replace(_ADAM, warmup_steps=warmup, learning_rate=rate)
    return Trial(
        label=re.sub(r"[^\w-]+", "_", f"{varied}-{value}".strip("-")),
        arguments={
            "varied": varied,
            "value": value,
            "sizes": dataclasses.asdict(Sizes(**start)),
            "optimizer": dataclasses.asdict(optimizer),
            "steps": _STEPS,
            "batch_size": _BATCH_SIZE,
        },
        minutes=0.9 + warmup / 16_000,
    )


def run(
    varied: str,
    value: str,
    sizes: Mapping[str, Any],
    optimizer: Mapping[str, Any],
    steps: int,
    batch_size: int,
    seed: int,
) -> dict[str, Any]:
    """Trains once; returns its row of the table, with its curve."""
    # TensorFlow starts where a trial runs, not in the sweep.
    from set_contrastive.foundations.sequences import toy

    curve = toy.train(
        TASK,
        Sizes(**sizes),
        OptimizerConfig(**optimizer),
        steps,
        batch_size,
        seed,
        ENOUGH,
    )
    last_step, share = curve[-1]
    return {
        "varied": varied,
        "value": value,
        "exact_match": share,
        "steps_to_90": _first(curve, 0.9),
        "steps_to_95": _first(curve, ENOUGH),
        "steps": last_step,
        "curve": curve,
    }


def _first(curve: list[tuple[int, float]], share: float) -> int | None:
    """Returns after how many steps a share was first measured, if it was."""
    return next((steps for steps, found in curve if found >= share), None)


STUDY = TrialStudy(
    name="ablations",
    title=f"What of a transformer's start matters on {TASK}?",
    claim="exact_match: estimates over held-out examples, of one seed each; "
    "steps_to_90, steps_to_95: first measurement of at least so much.",
    function=f"{__name__}:run",
    trials=(
        _trial("base", ""),
        *(_trial("warm-up", str(n), n) for n in WARMUPS if n != _ADAM.warmup_steps),
        _trial("W_Q = W_K", "equal", equal_query_key=True),
        _trial("W_O", "zero", zero_output=True),
        _trial("symbols", "N(0, 1)", scaled_symbols=False),
        *(_trial("positions", p, positions=p) for p in POSITIONS if p != "learned"),
    ),
    curve="share of exact matches",
)
