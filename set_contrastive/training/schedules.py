"""Learning rates as functions of the step.

With step `n` counted from 0, `w` warm-up steps and `N` steps in all, the learning rate
is `peak * min(1, (n + 1) / w)` times a factor that depends on the schedule.
"""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from set_contrastive.base.choices import choose
from set_contrastive.configs.optimizer_config import OptimizerConfig

# (rate that the warm-up has reached, step n, w, N) -> rate
Schedule = Callable[[Any, Any, int, int], Any]

_STEPWISE_SHARES = (0.5, 0.75, 0.875)
_STEPWISE_FACTOR = 10**-0.5
_RESTARTS = (2, 4)  # Before the second and the third period, in periods of the first.


def cosine(rate: Any, step: Any, warmup_steps: int, total_steps: int) -> Any:
    """From step `w` on times `(1 + cos(pi * (n - w) / (N - w))) / 2`."""
    decay_steps = max(total_steps - warmup_steps, 1)
    progress = ops.clip((step - warmup_steps) / decay_steps, 0.0, 1.0)
    return rate * 0.5 * (1.0 + ops.cos(math.pi * progress))


def cosine_restarts(rate: Any, step: Any, warmup_steps: int, total_steps: int) -> Any:
    """Three cosines from 1 to 0, each twice as long as the one before.

    SGDR (arXiv 1608.03983) with `T_mult = 2`: in a period of `T` steps, `t` steps after
    its start, times `(1 + cos(pi * t / T)) / 2`. From step `w` on the periods have
    1/7, 2/7 and 4/7 of the `N - w` steps, so the last one ends with the run.
    """
    first = max(total_steps - warmup_steps, 1)  # Times 7, as are the steps: integers.
    place = first + 7.0 * (step - warmup_steps)
    period = 1.0
    for restart in _RESTARTS:
        period = period * (1.0 + ops.cast(place >= restart * first, "float32"))
    progress = ops.clip(place / (period * first) - 1.0, 0.0, 1.0)
    return rate * 0.5 * (1.0 + ops.cos(math.pi * progress))


def transformer(rate: Any, step: Any, warmup_steps: int, total_steps: int) -> Any:
    """From step `w` on times `sqrt(w / (n + 1))` (arXiv 1706.03762)."""
    del total_steps
    warmup = float(max(warmup_steps, 1))
    return rate * ops.minimum(1.0, ops.sqrt(warmup / (step + 1.0)))


def stepwise(rate: Any, step: Any, warmup_steps: int, total_steps: int) -> Any:
    """Times 0.3 from half of the steps on, 0.1 from 3/4 on and 0.03 from 7/8 on."""
    del warmup_steps
    for share in _STEPWISE_SHARES:
        late = ops.cast(step >= share * total_steps, "float32")
        rate = rate * (1.0 - late * (1.0 - _STEPWISE_FACTOR))
    return rate


def constant(rate: Any, step: Any, warmup_steps: int, total_steps: int) -> Any:
    """Times 1."""
    del step, warmup_steps, total_steps
    return rate


SCHEDULES: dict[str, Schedule] = {
    "cosine": cosine,
    "cosine_restarts": cosine_restarts,
    "transformer": transformer,
    "stepwise": stepwise,
    "constant": constant,
}


@keras.saving.register_keras_serializable("set_contrastive")
class WarmupSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A rise to the peak in equal steps, then one of the schedules.

    Args:
      kind: Name of the schedule.
      peak: Highest learning rate.
      warmup_steps: Number of steps of the rise, `w`; 0 for none.
      total_steps: Number of steps in all, `N`.

    Raises:
      UserError: If there is no schedule of this name.
    """

    def __init__(self, kind: str, peak: float, warmup_steps: int, total_steps: int):
        self.kind = kind
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self._schedule = choose("schedule", kind, SCHEDULES)

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate of a step."""
        step = ops.cast(step, "float32")
        warmup = float(max(self.warmup_steps, 1))
        rate = self.peak * ops.minimum(1.0, (step + 1.0) / warmup)
        return self._schedule(rate, step, self.warmup_steps, self.total_steps)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "kind": self.kind,
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "total_steps": self.total_steps,
        }


def build(config: OptimizerConfig, steps: int) -> WarmupSchedule:
    """Returns the schedule of a configuration over `steps` steps.

    Raises:
      UserError: If there is no schedule of this name.
    """
    return WarmupSchedule(
        config.schedule, config.learning_rate, config.warmup_steps, steps
    )
