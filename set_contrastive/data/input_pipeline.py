"""Batches of queries, each a pure function of the seed and the step.

A batch holds `query` int32 `[batch, T]`, `key_mask` bool `[batch, K]` and `key` int32
`[batch]`, one matching key drawn uniformly. That a batch depends on nothing else lets a
run that was stopped anywhere go on as if it never had been.
"""

import dataclasses
import functools
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.data.prepared_data import Split
from set_contrastive.games import pairs as pairs_lib
from set_contrastive.games.game import Game
from set_contrastive.games.game import KeyMask
from set_contrastive.games.game import Queries

# Steps whose queries are drawn in one call, so that Python is called less often.
_BLOCK = 16

# Streams of random numbers that must not overlap.
_QUERY_STREAM, _KEY_STREAM, _ORDER_STREAM = range(3)


class Source(Protocol):
    """Where training queries come from."""

    def draw(
        self, seed: int, first_step: int, steps: int, batch_size: int
    ) -> tuple[Queries, KeyMask]:
        """Returns the batches of some steps, `[steps * batch_size, ...]`."""


@dataclasses.dataclass(frozen=True)
class FreshQueries:
    """Queries drawn from the game itself, without end.

    Steps are drawn in blocks, so `first_step` must be a multiple of the block and all
    calls must ask for the same number of steps.
    """

    game: Game

    def draw(
        self, seed: int, first_step: int, steps: int, batch_size: int
    ) -> tuple[Queries, KeyMask]:
        """Draws new queries and answers them."""
        rng = np.random.default_rng((seed, _QUERY_STREAM, first_step))
        queries = self.game.sample(rng, steps * batch_size)
        return queries, self.game.answer(queries)


@dataclasses.dataclass(frozen=True)
class PreparedQueries:
    """Queries of a split, in a new order in each epoch; a batch may span two epochs."""

    split: Split

    def draw(
        self, seed: int, first_step: int, steps: int, batch_size: int
    ) -> tuple[Queries, KeyMask]:
        """Takes the next queries of the endless sequence of epochs."""
        size = len(self.split.queries)
        places = np.arange(first_step * batch_size, (first_step + steps) * batch_size)
        epochs = places // size
        rows = np.concatenate(
            [
                _order(seed, int(epoch), size)[places[epochs == epoch] % size]
                for epoch in np.unique(epochs)
            ]
        )
        return self.split.queries[rows], self.split.key_mask[rows]


@functools.lru_cache(maxsize=2)
def _order(seed: int, epoch: int, size: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng((seed, _ORDER_STREAM, epoch)).permutation(size)


def draw_keys(rng: np.random.Generator, key_mask: KeyMask) -> npt.NDArray[np.int32]:
    """Draws one matching key for each query, uniformly, int32 `[n]`."""
    place = rng.integers(0, key_mask.sum(axis=1))
    reached = key_mask.cumsum(axis=1, dtype=np.int32) > place[:, None]
    keys: npt.NDArray[np.int32] = reached.argmax(axis=1).astype(np.int32)
    return keys


@dataclasses.dataclass(frozen=True)
class Phase:
    """Steps whose queries have one length.

    Attributes:
      source: Where the queries come from.
      first_step: First step of the phase.
      end_step: First step after the phase.
      name: What progress bars call it.
    """

    source: Source
    first_step: int
    end_step: int
    name: str = ""


def batches(
    phase: Phase,
    *,
    seed: int,
    start_step: int,
    batch_size: int,
    replicas: int = 1,
    context: tf.distribute.InputContext | None = None,
) -> tf.data.Dataset:
    """Returns the batches of a phase from a step on.

    Args:
      phase: The phase.
      seed: Seed of the run.
      start_step: First step to return, within the phase.
      batch_size: Queries of a step over all replicas.
      replicas: Number of replicas over all workers; each element of the data set is
        one replica's share of a step, replica by replica.
      context: Which of the workers asks, or None for a single one; it gets the shares
        of its own replicas.
    """
    share = batch_size // replicas
    pipelines, pipeline = 1, 0
    if context is not None:
        pipelines, pipeline = context.num_input_pipelines, context.input_pipeline_id
    mine = slice(
        pipeline * replicas // pipelines, (pipeline + 1) * replicas // pipelines
    )

    def blocks() -> Iterator[dict[str, npt.NDArray[np.generic]]]:
        first = start_step - start_step % _BLOCK
        for step in range(first, phase.end_step, _BLOCK):
            queries, key_mask = phase.source.draw(seed, step, _BLOCK, batch_size)
            key = draw_keys(np.random.default_rng((seed, _KEY_STREAM, step)), key_mask)
            wanted = slice(max(start_step - step, 0), phase.end_step - step)
            yield {
                name: _shares(values, replicas, share)[wanted, mine].reshape(
                    -1, share, *values.shape[1:]
                )
                for name, values in (
                    ("query", queries),
                    ("key_mask", key_mask),
                    ("key", key),
                )
            }

    sample, mask = phase.source.draw(seed, 0, 1, 1)
    signature = {
        "query": tf.TensorSpec((None, share, None), tf.int32),
        "key_mask": tf.TensorSpec((None, share, mask.shape[1]), tf.bool),
        "key": tf.TensorSpec((None, share), tf.int32),
    }
    dataset = tf.data.Dataset.from_generator(blocks, output_signature=signature)
    # Buffers have fixed sizes. Tuning has nothing to tune, and its thread would sleep
    # on for up to ten seconds when the iterator is deleted, at the end of each phase.
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.prefetch(2).unbatch().prefetch(2 * _BLOCK).with_options(options)


def _shares(
    values: npt.NDArray[np.generic], replicas: int, share: int
) -> npt.NDArray[np.generic]:
    return values.reshape(_BLOCK, replicas, share, *values.shape[1:])


def phases(
    curriculum: tuple[tuple[int, int | None], ...],
    steps: int,
    game: Game | None,
    full: Source,
) -> list[Phase]:
    """Returns the phases of a run.

    Args:
      curriculum: Number of pairs and of steps of each phase; empty for none.
      steps: Number of steps in all.
      game: The game that shorter queries are drawn from, fresh; None will do without
        a curriculum.
      full: Source of the queries of full length.

    Raises:
      UserError: If the game's queries are not made of pairs, or of fewer than a phase
        asks for: a model has no positions for longer ones.
    """
    if not curriculum:
        return [Phase(full, 0, steps)]
    if game is None:
        raise ValueError("a curriculum needs the game, got None")
    found, first = [], 0
    for pairs, length in curriculum:
        shorter = game.with_pairs(pairs)
        if shorter.spec.query_length > game.spec.query_length:
            raise UserError(
                f"curriculum must have no more pairs than {game.spec.name}, whose "
                f"queries have {pairs_lib.count(game.spec) or 1}, got {pairs}"
            )
        source = full if shorter is game else FreshQueries(shorter)
        end = steps if length is None else first + length
        found.append(Phase(source, first, end, f"{pairs} pair{'s'[: pairs > 1]}"))
        first = end
    return found
