"""Requests that TensorFlow Serving runs before it says that a version is ready.

The first call of a signature is slow. Serving replays the records of
`assets.extra/tf_serving_warmup_requests` while it loads, so that no user meets it.
"""

import itertools
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_log_pb2

from set_contrastive.games.game import Game

FILE = "tf_serving_warmup_requests"

# One request alone, and one as batching would make it.
_BATCH_SIZES = (1, 8)


def write(path: pathlib.Path, game: Game, signatures: Mapping[str, set[str]]) -> None:
    """Writes a request of each signature and batch size.

    Args:
      path: The file, a TFRecord of `PredictionLog`.
      game: Whose queries are asked.
      signatures: Names of the inputs of each signature.
    """
    with tf.io.TFRecordWriter(str(path)) as writer:
        for name, batch_size in itertools.product(sorted(signatures), _BATCH_SIZES):
            inputs = _inputs(game, name, signatures[name], batch_size)
            writer.write(_record(name, inputs).SerializeToString())


def _inputs(
    game: Game, name: str, wanted: set[str], batch_size: int
) -> dict[str, np.ndarray[Any, Any]]:
    queries = game.sample(np.random.default_rng(0), batch_size)
    texts = np.array([game.format(query) for query in queries])
    keys = np.arange(batch_size, dtype=np.int32) % len(game.keys)
    query = texts if name.endswith("_text") else queries
    return {k: v for k, v in (("query", query), ("key", keys)) if k in wanted}


def _record(
    name: str, inputs: Mapping[str, np.ndarray[Any, Any]]
) -> prediction_log_pb2.PredictionLog:
    request = predict_pb2.PredictRequest()
    request.model_spec.signature_name = name
    for key, values in inputs.items():
        request.inputs[key].CopyFrom(tf.make_tensor_proto(values))
    return prediction_log_pb2.PredictionLog(
        predict_log=prediction_log_pb2.PredictLog(request=request)
    )
