"""Prepares a large training split on Apache Beam; see `games.large_splits`."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam

from set_contrastive.games import large_splits
from set_contrastive.games.large_splits import LargeSplit
from set_contrastive.games.large_splits import Numbers


class Examples(beam.PTransform):
    """Makes the examples of a split, each with its position as the key.

    Args:
      split: The split.
    """

    def __init__(self, split: LargeSplit):
        super().__init__()
        self._split = split

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection:
        """Returns the pairs of position and example."""
        blocks = (
            pipeline
            | "Blocks" >> beam.Create(range(self._split.num_blocks))
            | "ToAllWorkers" >> beam.Reshuffle()
        )
        held_out = (
            pipeline
            | "Once" >> beam.Create([None])
            | "HeldOut" >> beam.FlatMap(_held_out_hashes, self._split)
        )
        repeated = (
            (blocks | "Hashes" >> beam.FlatMap(self._split.hashes), held_out)
            | beam.Flatten()
            | beam.GroupByKey()
            | "Repeated" >> beam.MapTuple(_repeated_draws)
            | "ToOneWorker" >> beam.combiners.ToList()
            | "Merge" >> beam.Map(self._split.merge)
        )
        return blocks | "Examples" >> beam.FlatMap(
            _examples, self._split, beam.pvalue.AsSingleton(repeated)
        )


def _held_out_hashes(_: None, split: LargeSplit) -> Iterator[tuple[int, Numbers]]:
    return split.held_out_hashes()


def _repeated_draws(_: int, rows: Iterable[Numbers]) -> Numbers:
    return large_splits.repeated_draws(rows)


def _examples(
    block: int, split: LargeSplit, repeated: Numbers
) -> Iterator[tuple[int, dict[str, Any]]]:
    position, queries = split.kept(block, repeated)
    key_masks = split.game.answer(queries)
    for number, (query, key_mask) in enumerate(
        zip(queries, key_masks, strict=True), position
    ):
        yield number, {"query": query, "key_mask": key_mask}
