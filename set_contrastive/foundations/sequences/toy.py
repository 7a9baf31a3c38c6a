"""Trains on a toy task."""

import numpy as np

from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.foundations.sequences import training
from set_contrastive.foundations.sequences.sizes import Sizes
from set_contrastive.foundations.sequences.tasks import TASKS

HELD_OUT = 512
_BLOCK = 50  # Batches that are drawn at once.
_CHECKS = 20  # Measurements of a training.


def train(
    name: str,
    sizes: Sizes,
    optimizer: OptimizerConfig,
    steps: int,
    batch_size: int,
    seed: int,
    enough: float = 1.0,
) -> list[tuple[int, float]]:
    """Returns the share of held-out examples decoded exactly, after steps.

    Training ends early when the share is `enough`.
    """
    task = TASKS[name]
    rng = np.random.default_rng((seed, 0))
    held_out = task.examples(np.random.default_rng((seed, 1)), HELD_OUT, True)
    block = min(_BLOCK, steps)
    batches = training.endless(
        lambda count: task.examples(rng, count * batch_size, False), block
    )
    how = training.Training(steps, max(steps // _CHECKS, 1), optimizer, seed)
    return training.run(
        len(task.vocabulary),
        sizes,
        how,
        lambda: next(batches),
        lambda decode: training.exact_match(decode, held_out),
        goal=enough,
    )
