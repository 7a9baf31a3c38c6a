"""A small run of the project's trainer, done well and with one mistake."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.data import input_pipeline
from set_contrastive.data.prepared_data import Split
from set_contrastive.games import registry
from set_contrastive.games.game import Game
from set_contrastive.games.game import KeyMask
from set_contrastive.games.game import Queries
from set_contrastive.training import distribution
from set_contrastive.training import objectives
from set_contrastive.training.trainer import Trainer

_MODEL = ModelConfig("two_tower", vector_dim=16, d_model=32, d_ff=64)
_OPTIMIZER = OptimizerConfig(learning_rate=5e-3, warmup_steps=20)


@dataclasses.dataclass(frozen=True)
class InOrder:
    """Queries of a split in the order in which they stand, epoch after epoch."""

    split: Split

    def draw(
        self, seed: int, first_step: int, steps: int, batch_size: int
    ) -> tuple[Queries, KeyMask]:
        """Takes the next queries."""
        del seed
        places = np.arange(first_step * batch_size, (first_step + steps) * batch_size)
        rows = places % len(self.split.queries)
        return self.split.queries[rows], self.split.key_mask[rows]


class NotReset:
    """An optimizer that adds each step's gradients to those of all steps before.

    This is what happens where a framework adds gradients up until it is told not to, as
    PyTorch does without `optimizer.zero_grad()`.
    """

    def __init__(self, optimizer: Any, variables: Sequence[keras.Variable]):
        self._optimizer = optimizer
        self._sums = [tf.Variable(tf.zeros(v.shape)) for v in variables]

    def apply(
        self, gradients: Sequence[Any], variables: Sequence[keras.Variable]
    ) -> None:
        """Adds and applies."""
        for total, gradient in zip(self._sums, gradients, strict=True):
            total.assign_add(gradient)
        self._optimizer.apply([tf.convert_to_tensor(s) for s in self._sums], variables)


class Adding:
    """Gradients of a batch's KL that are added to those of the last call.

    Args:
      model: The scorer.
      split: The batch.
    """

    def __init__(self, model: keras.Model, split: Split):
        self._model = model
        self._split = split
        self._sums: list[Any] = [0.0] * len(model.trainable_variables)

    def __call__(self) -> list[Any]:
        """Returns the sums over all calls so far."""
        new = gradients(self._model, self._split)
        self._sums = [a + b for a, b in zip(self._sums, new, strict=True)]
        return self._sums


def gradients(model: keras.Model, split: Split) -> list[Any]:
    """Returns the gradient of a batch's KL by each weight."""
    loss = objectives.get("cross_entropy_support")
    weights = [v.value for v in model.trainable_variables]
    key = tf.argmax(split.key_mask, axis=1, output_type=tf.int32)
    with tf.GradientTape() as tape:
        scores = model({"query": tf.constant(split.queries)}, training=True)
        value = loss(scores, tf.constant(split.key_mask), key)
    return [tf.convert_to_tensor(g) for g in tape.gradient(value, weights)]


def game(pairs: int) -> Game:
    """Returns union_27 with queries of few pairs, which are learned fast."""
    return registry.get("union_27").with_pairs(pairs)


def answered(played: Game, queries: Queries) -> Split:
    """Returns queries with their matching keys."""
    return Split(queries, played.answer(queries))


def sorted_by_size(split: Split) -> Split:
    """Returns the same queries, those with the fewest keys first."""
    order = np.argsort(split.key_mask.sum(axis=1), kind="stable")
    return Split(split.queries[order], split.key_mask[order])


def train(
    played: Game,
    source: input_pipeline.Source,
    steps: int,
    batch_size: int,
    seed: int,
    reset: bool = True,
) -> keras.Model:
    """Trains a two-tower model with the project's trainer, and returns its scorer.

    Args:
      played: The game.
      source: Where queries come from, and in which order.
      steps: Number of steps.
      batch_size: Queries of a step.
      seed: Seed of weights and batches.
      reset: Whether a step takes its own gradients alone.
    """
    config = ExperimentConfig(
        game="union_27",
        model=_MODEL,
        optimizer=_OPTIMIZER,
        batch_size=batch_size,
        steps=steps,
        seed=seed,
        eval_every=steps,
        checkpoint_every=steps,
        xla=False,  # Compiling takes longer than these runs.
    )
    trainer = Trainer(config, played.spec, distribution.build("none", 1))
    if not reset:
        variables = trainer.model.trainable_variables
        trainer.optimizer = NotReset(trainer.optimizer, variables)
    phase = input_pipeline.Phase(source, 0, steps)
    with tqdm(desc="training", total=steps, unit="step") as bar:
        for reached in trainer.run([phase], keras.callbacks.CallbackList([])):
            bar.update(reached - bar.n)
    return trainer.model
