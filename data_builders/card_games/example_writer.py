"""Writes examples with their features in one order, whatever process writes them."""

from collections.abc import Iterable
from typing import Any

import tensorflow as tf
from tensorflow_datasets.core import writer


class OrderedExampleWriter(writer.ExampleWriter):
    """Writes the features of an example sorted by name.

    They are a map of a protocol buffer, whose order differs from process to process, so
    that two builds of the same examples would differ in their bytes.
    """

    def write(self, path: Any, examples: Iterable[tuple[Any, bytes]]) -> Any:
        """Writes the examples of a file.

        Args:
          path: The file.
          examples: Pairs of a key and a serialized `tf.train.Example`.

        Returns:
          Where the examples stand, as TFDS has it.
        """
        ordered = ((key, _ordered(example)) for key, example in examples)
        return super().write(path, ordered)


def _ordered(example: bytes) -> bytes:
    ordered: bytes = tf.train.Example.FromString(example).SerializeToString(
        deterministic=True
    )
    return ordered
