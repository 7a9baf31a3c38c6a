"""Tests of the order in which an example's features are written."""

import itertools

import pytest
import tensorflow as tf
from tensorflow_datasets.core import file_adapters

from data_builders.card_games.example_writer import OrderedExampleWriter

FEATURES = {
    name: tf.train.Feature(int64_list=tf.train.Int64List(value=[number]))
    for number, name in enumerate(("a", "key_mask", "query"))
}


def encoded(names):
    """Returns an example as a process writes it whose map has this order."""
    features = b"".join(
        tf.train.Features(feature={name: FEATURES[name]}).SerializeToString()
        for name in names
    )
    return bytes([0x0A, len(features)]) + features  # Field 1, of a length below 128.


@pytest.mark.parametrize("names", list(itertools.permutations(FEATURES)))
def test_features_are_written_in_the_order_of_their_names(names, tmp_path):
    path = tmp_path / "examples.tfrecord"
    writer = OrderedExampleWriter(file_adapters.FileFormat.TFRECORD)
    writer.write(path, [(0, encoded(names)), (1, encoded(reversed(names)))])
    found = [record.numpy() for record in tf.data.TFRecordDataset(str(path))]
    assert found == [encoded(sorted(FEATURES))] * 2
