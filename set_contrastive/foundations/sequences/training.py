"""Trains an encoder-decoder, decodes greedily and counts exact matches."""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.foundations.sequences import encoder_decoder
from set_contrastive.foundations.sequences.sizes import Sizes
from set_contrastive.foundations.sequences.tasks import END
from set_contrastive.foundations.sequences.tasks import PADDING
from set_contrastive.foundations.sequences.tasks import START
from set_contrastive.foundations.sequences.tasks import Ids
from set_contrastive.training import optimizers
from set_contrastive.training import schedules

_CLIP_NORM = 1.0
_INPUTS = ("source", "target")
Examples = tuple[Ids, Ids]
Decode = Callable[[Ids], Ids]


@dataclasses.dataclass(frozen=True)
class Training:
    """How to train.

    Attributes:
      steps: Most steps; training ends when the goal is reached.
      check_every: Steps from one measurement to the next.
      optimizer: The optimizer and its learning rate.
      seed: Seed of weights and examples.
    """

    steps: int
    check_every: int
    optimizer: OptimizerConfig
    seed: int


def run(
    vocabulary: int,
    sizes: Sizes,
    training: Training,
    draw: Callable[[], Examples],
    measure: Callable[[Decode], float],
    goal: float,
) -> list[tuple[int, float]]:
    """Trains until a measure reaches its goal.

    Args:
      vocabulary: Number of symbols.
      sizes: Sizes of the model.
      training: How to train.
      draw: Draws the sources `[B, S]` and targets `[B, T + 1]` of a step.
      measure: What to reach, given how the model decodes.
      goal: When to stop.

    Returns:
      The measure after steps.
    """
    keras.utils.set_random_seed(training.seed)
    source, target = draw()
    length = target.shape[1] - 1
    model = encoder_decoder.build(vocabulary, source.shape[1], length, sizes)
    weights = model.trainable_variables
    rate = schedules.build(training.optimizer, training.steps)
    optimizer = optimizers.build(training.optimizer, rate, weights)
    optimizer.build(weights)

    @functools.partial(tf.function, autograph=False)
    def step(source: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            scores = model({"source": source, "target": target[:, :-1]}, training=True)
            value = loss(scores, target[:, 1:])
        gradients = tape.gradient(value, [v.value for v in weights])
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        clipped, _ = tf.clip_by_global_norm(dense, _CLIP_NORM)
        optimizer.apply(clipped, weights)
        return value

    decode, curve = decoder(model), []
    for number in range(1, training.steps + 1):
        step(*map(tf.constant, draw()))
        if number % training.check_every == 0 or number == training.steps:
            curve.append((number, measure(decode)))
            if curve[-1][1] >= goal:
                break
    return curve


def loss(scores: Any, symbols: Any) -> Any:
    """Returns the mean cross-entropy of the symbols that are no padding, in nats.

    Args:
      scores: Log-odds `[B, T, V]`.
      symbols: int32 `[B, T]`.
    """
    values = tf.nn.sparse_softmax_cross_entropy_with_logits(symbols, scores)
    counts = tf.cast(symbols != PADDING, tf.float32)
    return tf.reduce_sum(values * counts) / tf.reduce_sum(counts)


def decoder(model: keras.Model) -> Decode:
    """Returns a function from sources to the likeliest symbol after symbol.

    It is traced once, and decodes with the weights that the model has by then.

    Args:
      model: The encoder-decoder.

    Returns:
      `int32 [n, S] -> int32 [n, T + 1]`, started; padded behind END.
    """
    length = model.output_shape[1]
    scores = tf.function(
        lambda source, target: model({"source": source, "target": target}),
        autograph=False,
    )

    def decode(source: Ids) -> Ids:
        target = np.zeros((len(source), length + 1), np.int32)
        target[:, 0] = START
        ended = np.zeros(len(source), bool)
        for place in range(length):
            # What stands behind `place` is not seen.
            found = scores(tf.constant(source), tf.constant(target[:, :-1]))[:, place]
            best = np.argmax(found, axis=-1)
            target[:, place + 1] = np.where(ended, PADDING, best)
            ended |= best == END
            if ended.all():
                break
        return target

    return decode


def exact_match(decode: Decode, examples: Examples) -> float:
    """Returns the share of sources whose whole target is decoded."""
    source, target = examples
    return float((decode(source) == target).all(axis=1).mean())


def endless(draw: Callable[[int], Examples], block: int) -> Iterator[Examples]:
    """Yields batches of a block of examples that is drawn at once.

    Args:
      draw: Draws so many examples.
      block: Batches of a block.
    """
    while True:
        source, target = draw(block)
        size = len(source) // block
        for first in range(0, len(source), size):
            yield source[first : first + size], target[first : first + size]
