"""Learning rates as functions of the step."""

import math
from typing import Any

import keras
from keras import ops

from set_contrastive.configs.optimizer_config import OptimizerConfig


@keras.saving.register_keras_serializable("set_contrastive")
class WarmupSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A rise to the peak in equal steps, then one of four ways on.

    With step `n` counted from 0, `w` warm-up steps and `N` steps in all, the learning
    rate is `peak * min(1, (n + 1) / w)` times

    * `cosine`: `(1 + cos(pi * (n - w) / (N - w))) / 2` from step `w` on;
    * `transformer`: `sqrt(w / (n + 1))` from step `w` on (arXiv 1706.03762);
    * `stepwise`: 1 for the first half of the steps, then 0.3, 0.1 from three quarters
      on, 0.03 in the last eighth;
    * `constant`: 1.

    Args:
      kind: Name of the schedule.
      peak: Highest learning rate.
      warmup_steps: Number of steps of the rise, `w`; 0 for none.
      total_steps: Number of steps in all, `N`.
    """

    def __init__(self, kind: str, peak: float, warmup_steps: int, total_steps: int):
        self.kind = kind
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate of a step."""
        step = ops.cast(step, "float32")
        warmup = float(max(self.warmup_steps, 1))
        rate = self.peak * ops.minimum(1.0, (step + 1.0) / warmup)
        if self.kind == "cosine":
            decay_steps = max(self.total_steps - self.warmup_steps, 1)
            progress = ops.clip((step - self.warmup_steps) / decay_steps, 0.0, 1.0)
            return rate * 0.5 * (1.0 + ops.cos(math.pi * progress))
        if self.kind == "transformer":
            return rate * ops.minimum(1.0, ops.sqrt(warmup / (step + 1.0)))
        if self.kind == "stepwise":
            for share in _STEPWISE_SHARES:
                late = ops.cast(step >= share * self.total_steps, "float32")
                rate = rate * (1.0 - late * (1.0 - _STEPWISE_FACTOR))
        return rate

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "kind": self.kind,
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "total_steps": self.total_steps,
        }


_STEPWISE_SHARES = (0.5, 0.75, 0.875)
_STEPWISE_FACTOR = 10**-0.5


def build(config: OptimizerConfig, steps: int) -> WarmupSchedule:
    """Returns the schedule of a configuration over `steps` steps."""
    return WarmupSchedule(
        config.schedule, config.learning_rate, config.warmup_steps, steps
    )
