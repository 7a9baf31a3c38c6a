"""The payloads of docs/serving.md, sent to the server without the client."""

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from tests.export.serving_client.questions import GAME
from tests.export.serving_client.questions import QUERIES
from tests.export.serving_client.questions import TEXTS


def test_every_signature_answers_by_rest(http, expected):
    """The payloads of docs/serving.md, in rows and in columns."""
    path = "/v1/models/union_27/versions/2:predict"
    symbols, keys = QUERIES.tolist(), list(range(5))

    def ask(signature, **body):
        return http(path, {"signature_name": signature, **body})

    pairs = [{"query": q, "key": k} for q, k in zip(symbols, keys, strict=True)]
    diagonal = expected.scores[np.arange(5), keys]
    by_rows = http(path, {"instances": pairs})["predictions"]
    np.testing.assert_allclose(by_rows, diagonal, atol=1e-6)  # One output, no name.
    by_columns = ask("serving_default", inputs={"query": symbols, "key": keys})
    np.testing.assert_allclose(by_columns["outputs"], diagonal, atol=1e-6)
    everything = ask("score_all", instances=symbols)["predictions"]
    found = [row["scores"] for row in everything]
    np.testing.assert_allclose(found, expected.scores, atol=1e-6)
    texts = ask("score_text", inputs=TEXTS)["outputs"]
    np.testing.assert_allclose(
        texts["probabilities"], expected.probabilities, atol=1e-6
    )
    ranked = ask("rank", inputs={"query": symbols})["outputs"]
    assert ranked["keys"] == expected.keys.tolist()
    assert ranked["names"][0][0] == GAME.keys[expected.keys[0, 0]]
    queries = np.array(ask("encode_query", inputs=symbols)["outputs"])
    vectors = np.array(ask("encode_key", inputs=list(range(27)))["outputs"])
    np.testing.assert_allclose(queries @ vectors.T, expected.scores, atol=1e-5)


def test_every_signature_answers_by_grpc(ports, expected):
    def ask(signature, **inputs):
        request = predict_pb2.PredictRequest()
        request.model_spec.name = "union_27"
        request.model_spec.signature_name = signature
        for name, values in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
        outputs = stub.Predict(request, timeout=30).outputs
        return {name: tf.make_ndarray(value) for name, value in outputs.items()}

    keys = np.arange(5, dtype=np.int32)
    direct = [("grpc.enable_http_proxy", 0)]
    with grpc.insecure_channel(f"localhost:{ports['grpc']}", direct) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        np.testing.assert_allclose(
            ask("serving_default", query=QUERIES, key=keys)["score"],
            expected.scores[keys, keys],
            atol=1e-6,
        )
        for signature, query in (("score_all", QUERIES), ("score_text", TEXTS)):
            found = ask(signature, query=query)["scores"]
            np.testing.assert_allclose(found, expected.scores, atol=1e-6)
        assert (ask("rank", query=QUERIES)["keys"] == expected.keys).all()
        vectors = ask("encode_key", key=np.arange(27, dtype=np.int32))["vector"]
        products = ask("encode_query", query=QUERIES)["vector"] @ vectors.T
        np.testing.assert_allclose(products, expected.scores, atol=1e-5)
        with pytest.raises(grpc.RpcError, match="int32 but int64 is provided"):
            ask("score_all", query=QUERIES.astype(np.int64))
        status = model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(
            get_model_status_pb2.GetModelStatusRequest(model_spec={"name": "union_27"}),
            timeout=30,
        )
    found = [(s.version, s.state) for s in status.model_version_status]
    available = get_model_status_pb2.ModelVersionStatus.AVAILABLE
    assert found == [(1, available), (2, available)]


def test_the_status_by_rest_is_what_a_script_waits_for(http):
    found = http("/v1/models/union_27/versions/2")["model_version_status"]
    assert found == [
        {
            "version": "2",
            "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }
    ]
    metadata = http("/v1/models/union_27/metadata")["metadata"]
    inputs = metadata["signature_def"]["signature_def"]["rank_text"]["inputs"]
    assert inputs["query"]["dtype"] == "DT_STRING"
