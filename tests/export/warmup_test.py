"""Tests that TensorFlow Serving could replay the warm-up records of a version."""

import collections

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2


@pytest.mark.parametrize("family", ["two_tower", "cross_encoder", "late_interaction"])
def test_every_record_runs_and_every_signature_has_one(exported, family):
    version = exported[family]
    model = tf.saved_model.load(str(version))
    path = version / "assets.extra" / "tf_serving_warmup_requests"
    asked = collections.Counter()
    for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
        log = prediction_log_pb2.PredictionLog.FromString(record)
        assert log.WhichOneof("log_type") == "predict_log"
        request = log.predict_log.request
        name = request.model_spec.signature_name
        inputs = {k: tf.make_ndarray(v) for k, v in request.inputs.items()}
        # Serving refuses inputs of another type or rank than the signature's.
        for key, spec in model.signatures[name].structured_input_signature[1].items():
            values = tf.constant(inputs[key])
            assert spec.dtype == values.dtype and spec.shape.is_compatible_with(
                values.shape
            )
        outputs = model.signatures[name](
            **{k: tf.constant(v) for k, v in inputs.items()}
        )
        for values in outputs.values():
            assert len(values) == len(inputs[min(inputs)])
            if values.dtype == tf.float32:
                assert np.isfinite(values).all()
        asked[name] += 1
    assert asked == dict.fromkeys(model.signatures, 2)
    assert {"serving_default", "score_all", "rank", "score_text"} <= set(asked)
    assert ("encode_query" in asked) == (family != "cross_encoder")
