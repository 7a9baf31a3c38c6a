"""What is read off a trained cell: a dict from name to function.

A measure takes what `metrics.json` holds and the rows of the curve of validations, and
is none where the cell has no such thing.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from set_contrastive.base.choices import choose
from set_contrastive.configs.experiment_config import ExperimentConfig

Curve = Sequence[Mapping[str, float]]
# (measures of the test split, validations, experiment) -> value
Of = Callable[[Mapping[str, Any], Curve, ExperimentConfig], float | None]

# KL in nats under which a model counts as having learned its game.
_LEARNED = 0.01
# KL in nats under which a run counts as having left its plateau.
_LEFT = 0.1


@dataclasses.dataclass(frozen=True)
class Measure:
    """A number of a cell.

    Attributes:
      title: What it is, with its unit.
      of: Reads it.
      log: Whether its axis is logarithmic.
      share: Whether it is 0 or 1 of a run, so that the mean says all.
    """

    title: str
    of: Of
    log: bool = False
    share: bool = False


def _tested(name: str) -> Of:
    def of(measures: Mapping[str, Any], curve: Curve, config: Any) -> float | None:
        del curve, config
        found: float | None = measures.get(name)
        return found

    return of


def steps_until(kl_nats: float) -> Of:
    """Returns the first validated step with a KL of at most `kl_nats`."""

    def of(measures: Any, curve: Curve, config: Any) -> float | None:
        del measures, config
        return next((row["step"] for row in curve if row["kl_nats"] <= kl_nats), None)

    return of


def examples_until(kl_nats: float) -> Of:
    """Returns how many queries were seen until a KL of at most `kl_nats`."""

    def of(measures: Any, curve: Curve, config: ExperimentConfig) -> float | None:
        steps = steps_until(kl_nats)(measures, curve, config)
        return None if steps is None else steps * config.batch_size

    return of


def ends_below(kl_nats: float) -> Of:
    """Returns 1 if the last validation's KL is below `kl_nats`, otherwise 0."""

    def of(measures: Any, curve: Curve, config: Any) -> float | None:
        del measures, config
        return float(curve[-1]["kl_nats"] < kl_nats) if curve else None

    return of


def noise_scale(measures: Any, curve: Curve, config: Any) -> float | None:
    """Returns the gradient noise scale, its median over the second half, in examples.

    Of an even number of estimates it is the larger one in the middle. Where the
    estimate is not positive, it says nothing and is left out.
    """
    del measures, config
    late = [row.get("noise_scale", math.nan) for row in curve[len(curve) // 2 :]]
    known = sorted(value for value in late if value > 0)
    return known[len(known) // 2] if known else None


MEASURES = {
    "kl_nats": Measure("KL (nats)", _tested("kl_nats"), log=True),
    "top_k_overlap": Measure("top-K overlap", _tested("top_k_overlap")),
    "entropy_bits": Measure("entropy (bits)", _tested("entropy_bits")),
    "steps_to_kl": Measure(f"steps to KL {_LEARNED}", steps_until(_LEARNED), log=True),
    "examples_to_kl": Measure(
        f"queries to KL {_LEARNED}", examples_until(_LEARNED), log=True
    ),
    "left_plateau": Measure(
        f"share of runs below KL {_LEFT}", ends_below(_LEFT), share=True
    ),
    "noise_scale": Measure("gradient noise scale (queries)", noise_scale, log=True),
}


def get(name: str) -> Measure:
    """Returns a measure.

    Raises:
      UserError: If there is none of this name; lists the names.
    """
    return choose("measure", name, MEASURES)
