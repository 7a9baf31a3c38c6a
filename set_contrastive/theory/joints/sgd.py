"""Stochastic gradient descent on tables, all seeds side by side."""

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np

from set_contrastive.base.arrays import FloatArray
from set_contrastive.base.errors import UserError
from set_contrastive.theory.joints import table_objectives
from set_contrastive.theory.joints.joint import Joint

_BLOCK = 500  # Steps whose batches are drawn in one call.


@dataclasses.dataclass(frozen=True)
class SgdConfig:
    """How tables are trained.

    From `m = 0`, plain SGD whose rate falls in equal steps to 0. The table is the mean
    of the second half of the steps (Polyak and Juditsky, "Acceleration of Stochastic
    Approximation by Averaging", 1992), which is about as good as the best estimate from
    the pairs of those steps.
    """

    # Number of steps, and of pairs drawn from the joint in each.
    steps: int = 100_000
    batch_size: int = 500
    # Number of seeds, 0 upwards.
    seeds: int = 5
    # First learning rate, as a share of the lesser of 1 / max p, where max p is about
    # the largest curvature of the losses at their optimum, and batch_size / 10, where
    # each pair of a batch moves its cell by a tenth.
    relative_rate: float = 1.0

    def __post_init__(self) -> None:
        for name, least in (("steps", 2), ("batch_size", 2), ("seeds", 1)):
            if getattr(self, name) < least:
                raise UserError(
                    f"{name} must be at least {least}, got {getattr(self, name)}"
                )
        if not 0 < self.relative_rate <= 2:
            raise UserError(
                f"relative_rate must be above 0 and at most 2, got {self.relative_rate}"
            )


def train(
    joint: Joint,
    objective: str,
    config: SgdConfig,
    advance: Callable[[int], object] = lambda steps: None,
) -> FloatArray:
    """Trains one table for each seed.

    The objective is a name of `table_objectives.OBJECTIVES`; `advance` is told how many
    steps were taken.

    Returns:
      The tables m, float64 `[seeds, X, Y]`.
    """
    gradient = table_objectives.OBJECTIVES[objective]
    first_rate = config.relative_rate * min(1 / joint.p.max(), config.batch_size / 10)
    m = np.zeros((config.seeds, *joint.p.shape))
    mean, averaged = np.zeros_like(m), 0
    for step, counts in enumerate(_batches(joint, config)):
        m -= first_rate * (1 - step / config.steps) * gradient(m, counts)
        if step >= config.steps // 2:
            mean += m
            averaged += 1
        if (step + 1) % _BLOCK == 0 or step + 1 == config.steps:
            advance(step % _BLOCK + 1)
    return mean / averaged


def _batches(joint: Joint, config: SgdConfig) -> Iterator[FloatArray]:
    """Yields the counts of each step's pairs, `[seeds, X, Y]`."""
    cells = np.flatnonzero(joint.p)
    p = joint.p.ravel()[cells]
    generators = [np.random.default_rng(seed) for seed in range(config.seeds)]
    for first in range(0, config.steps, _BLOCK):
        # Always whole blocks, so that a batch depends on seed and step only.
        drawn = [rng.multinomial(config.batch_size, p, _BLOCK) for rng in generators]
        for step in range(min(_BLOCK, config.steps - first)):
            counts = np.zeros((config.seeds, joint.p.size))
            counts[:, cells] = [block[step] for block in drawn]
            yield counts.reshape(config.seeds, *joint.p.shape)
