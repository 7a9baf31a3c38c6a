"""Optimizers of Keras, set up for the models of this project."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from set_contrastive.base.choices import choose
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.models.hidden import maps_hidden_states

# (configuration, learning rate by step, the weights to train) -> optimizer
Build = Callable[
    [OptimizerConfig, Any, Sequence[keras.Variable]], keras.optimizers.Optimizer
]


class TracedMuon(keras.optimizers.Muon):
    """Keras's Muon, whose iteration is a function of its own and transposes nothing.

    Keras writes out the iteration of each matrix. As a function it is traced once for
    each shape, and a step has fewer operations to optimize. Keras transposes a matrix
    that is taller than wide, which on a CPU takes longer than several of the products.
    """

    def build(self, var_list: Sequence[keras.Variable]) -> None:
        """Creates the variables of the optimizer."""
        super().build(var_list)
        self.zeropower_via_newtonschulz5 = tf.function(
            self._orthogonal,
            autograph=False,
            experimental_attributes={"_noinline": True},
        )

    def _orthogonal(self, x: tf.Tensor, steps: int) -> tf.Tensor:
        """Returns nearly the closest orthogonal matrix, by Keras's iteration."""
        tall = x.shape[0] > x.shape[1]
        x = x / (tf.norm(x) + 1e-7)
        for _ in range(steps):
            square = tf.matmul(x, x, transpose_a=tall, transpose_b=not tall)
            factor = self.muon_b * square + self.muon_c * square @ square
            x = self.muon_a * x + (x @ factor if tall else factor @ x)
        return x


def adam(
    config: OptimizerConfig, schedule: Any, variables: Sequence[keras.Variable]
) -> keras.optimizers.Optimizer:
    """Adam for all weights."""
    del variables
    return keras.optimizers.Adam(schedule, beta_1=config.beta_1, beta_2=config.beta_2)


def muon(
    config: OptimizerConfig, schedule: Any, variables: Sequence[keras.Variable]
) -> keras.optimizers.Optimizer:
    """Muon for the matrices that map hidden states, Adam for all other weights.

    Muon's update is the nearest orthogonal matrix to the momentum
    (https://kellerjordan.github.io/posts/muon). Layers mark their matrices themselves:
    see models/hidden.py. Adam has `adam_lr_ratio` times the learning rate.
    """
    others = [v.path for v in variables if not maps_hidden_states(v)]
    return TracedMuon(
        schedule,
        adam_beta_1=config.beta_1,
        adam_beta_2=config.beta_2,
        adam_lr_ratio=config.adam_lr_ratio,
        adam_weight_decay=None,
        weight_decay=None,
        exclude_embeddings=False,
        exclude_layers=[f"^{re.escape(path)}$" for path in others],
    )


OPTIMIZERS: dict[str, Build] = {"muon": muon, "adam": adam}


def build(
    config: OptimizerConfig, schedule: Any, variables: Sequence[keras.Variable]
) -> keras.optimizers.Optimizer:
    """Returns the optimizer of a configuration.

    Args:
      config: The configuration.
      schedule: The learning rate as a function of the step.
      variables: The weights to train.

    Raises:
      UserError: If there is no optimizer of this name.
    """
    return choose("optimizer", config.optimizer, OPTIMIZERS)(
        config, schedule, variables
    )
