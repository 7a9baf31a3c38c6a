"""Optimizers of Keras, set up for the models of this project."""

from typing import Any

import keras

from set_contrastive.configs.optimizer_config import OptimizerConfig

# Layers whose matrices are no linear maps between hidden states: Muon leaves them to
# Adam, as its authors advise (https://kellerjordan.github.io/posts/muon).
_NOT_HIDDEN = ["symbols/", "position", "keys/", "query_vector/", "score"]


def build(config: OptimizerConfig, schedule: Any) -> keras.optimizers.Optimizer:
    """Returns the optimizer of a configuration.

    `adam` is Adam. `muon` is Muon for the matrices of hidden layers, whose update is
    the nearest orthogonal matrix to the momentum, and Adam for all else, with
    `adam_lr_ratio` times the learning rate.

    Args:
      config: The configuration.
      schedule: The learning rate as a function of the step.
    """
    if config.optimizer == "adam":
        return keras.optimizers.Adam(
            schedule, beta_1=config.beta_1, beta_2=config.beta_2
        )
    return keras.optimizers.Muon(
        schedule,
        adam_beta_1=config.beta_1,
        adam_beta_2=config.beta_2,
        adam_lr_ratio=config.adam_lr_ratio,
        adam_weight_decay=0.0,
        weight_decay=0.0,
        exclude_layers=_NOT_HIDDEN,
    )
