"""Writes a large training split on Apache Beam.

TFDS sends all examples through Beam, whose runner on one machine holds them in memory.
Here only hashes go through Beam, 16 bytes a draw: `large_splits` tells where a query
stands, and so whoever writes a file draws its queries again.
"""

import dataclasses
from collections.abc import Iterable, Iterator

import apache_beam as beam
import tensorflow_datasets as tfds
from apache_beam.options import pipeline_options
from tensorflow_datasets.core import example_serializer
from tensorflow_datasets.core import naming
from tensorflow_datasets.core import writer as writer_lib

from set_contrastive.games import large_splits
from set_contrastive.games.large_splits import LargeSplit
from set_contrastive.games.large_splits import Numbers

# Beam's default first tries to download a program that would run the pipeline.
_RUNNER = "FnApiRunner"


@dataclasses.dataclass(frozen=True)
class Files:
    """The files of a split, each with an equal share of its queries, in order.

    Attributes:
      split: The queries.
      features: How TFDS encodes an example.
      serializer: What makes bytes of it.
      writer: What writes a file.
      paths: The files.
    """

    split: LargeSplit
    features: tfds.features.FeaturesDict
    serializer: example_serializer.Serializer
    writer: writer_lib.ExampleWriter
    paths: tuple[tfds.core.Path, ...]

    @property
    def starts(self) -> list[int]:
        """Position of the first query of each file, and the number of queries."""
        num_files = len(self.paths)
        return [i * self.split.train_size // num_files for i in range(num_files + 1)]

    def write(self, number: int, repeated: Numbers) -> None:
        """Writes one file, under another name until it is complete."""
        start, stop = self.starts[number : number + 2]
        with tfds.core.utils.incomplete_files(self.paths[number]) as path:
            self.writer.write(path, self._serialized(start, stop, repeated))

    def _serialized(
        self, start: int, stop: int, repeated: Numbers
    ) -> Iterator[tuple[int, bytes]]:
        for queries in self.split.read(start, stop, repeated):
            key_masks = self.split.game.answer(queries)
            for query, key_mask in zip(queries, key_masks, strict=True):
                example = {"query": query, "key_mask": key_mask}
                encoded = self.features.encode_example(example)
                yield start, self.serializer.serialize_example(encoded)
                start += 1


def write_split(
    split: LargeSplit,
    features: tfds.features.FeaturesDict,
    template: naming.ShardedFileTemplate,
    writer: writer_lib.ExampleWriter,
    config: tfds.download.DownloadConfig,
) -> tfds.core.SplitInfo:
    """Draws a split and writes its files.

    Args:
      split: The queries.
      features: How TFDS encodes an example.
      template: How the files are named.
      writer: What writes a file.
      config: Runner and options of Beam, and the number of files.

    Returns:
      The split as TFDS describes it.
    """
    serializer = example_serializer.ExampleSerializer(features.get_serialized_info())
    files = Files(split, features, serializer, writer, ())
    paths = template.sharded_filepaths(_num_files(files, config))
    files = dataclasses.replace(files, paths=tuple(paths))
    options = config.beam_options or pipeline_options.PipelineOptions([])
    standard = options.view_as(pipeline_options.StandardOptions)
    standard.runner = standard.runner or _RUNNER
    with beam.Pipeline(config.beam_runner, options) as pipeline:
        repeated = pipeline | RepeatedDraws(split)
        _ = (
            pipeline
            | "Files" >> beam.Create(range(len(paths)))
            | "FilesToAllWorkers" >> beam.Reshuffle()
            | "Write" >> beam.Map(files.write, beam.pvalue.AsSingleton(repeated))
        )
    starts = files.starts
    return tfds.core.SplitInfo(
        name=template.split,
        shard_lengths=[b - a for a, b in zip(starts, starts[1:], strict=False)],
        num_bytes=sum(path.stat().length for path in paths),
        filename_template=template,
    )


def _num_files(files: Files, config: tfds.download.DownloadConfig) -> int:
    """Returns the number that TFDS chooses if all examples are as long as the first."""
    ((_, first),) = files._serialized(0, 1, large_splits.NONE)
    number: int = config.get_shard_config().get_number_shards(
        total_size=files.split.train_size * len(first),
        num_examples=files.split.train_size,
    )
    return number


class RepeatedDraws(beam.PTransform):
    """Finds the draws that a split leaves out, one array of their numbers.

    Args:
      split: The split.
    """

    def __init__(self, split: LargeSplit):
        super().__init__()
        self._split = split

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection[Numbers]:
        """Returns the array."""
        drawn = (
            pipeline
            | "Blocks" >> beam.Create(range(self._split.num_blocks))
            | "BlocksToAllWorkers" >> beam.Reshuffle()
            | "Hashes" >> beam.FlatMap(self._split.hashes)
        )
        held_out = (
            pipeline
            | "Once" >> beam.Create([None])
            | "HeldOutHashes" >> beam.FlatMap(_held_out_hashes, self._split)
        )
        return (
            (drawn, held_out)
            | beam.Flatten()
            | "Groups" >> beam.GroupByKey()
            | "Repeated" >> beam.MapTuple(_repeated_draws)
            | "ToOneWorker" >> beam.combiners.ToList()
            | "Merge" >> beam.Map(self._split.merge)
        )


def _held_out_hashes(_: None, split: LargeSplit) -> Iterator[tuple[int, Numbers]]:
    return split.held_out_hashes()


def _repeated_draws(_: int, rows: Iterable[Numbers]) -> Numbers:
    return large_splits.repeated_draws(rows)
