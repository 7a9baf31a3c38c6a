"""The gRPC protocol, with the published messages of tensorflow-serving-api.

Those import the messages of TensorFlow, and with them all of TensorFlow, so importing
this module takes seconds. The connection is direct: proxies of the environment are not
asked.
"""

import os
from collections.abc import Sequence
from typing import Any

from set_contrastive.base import command  # noqa: F401 # isort: skip - Quiets TensorFlow.

# Errors come back from the calls; gRPC writes them to standard error as well.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc
import tensorflow as tf
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from export.serving_client.server import CallError
from export.serving_client.server import Endpoint
from export.serving_client.server import Outputs
from export.serving_client.server import ServedModel

_SIGNATURES = "signature_def"
_OPTIONS = (
    ("grpc.enable_retries", 0),  # The client counts its own.
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_receive_message_length", -1),  # Else 4 MiB, some 3,000 rankings.
    # By default a refused connection is tried again after a second at the earliest, and
    # calls fail until then without asking.
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 1000),
)


class GrpcTransport:
    """Speaks to the gRPC port of a server, 8500 by custom."""

    def __init__(self, endpoint: Endpoint):
        if endpoint.tls is None:
            self._channel = grpc.insecure_channel(str(endpoint), _OPTIONS)
        else:
            credentials = grpc.ssl_channel_credentials(endpoint.root_certificates)
            self._channel = grpc.secure_channel(str(endpoint), credentials, _OPTIONS)
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)

    def predict(
        self, model: ServedModel, texts: Sequence[str], timeout: float
    ) -> Outputs:
        """See `Transport`."""
        request = predict_pb2.PredictRequest(model_spec=_model_spec(model))
        request.model_spec.signature_name = model.signature
        query = tf.make_tensor_proto(list(texts), tf.string, [len(texts)])
        request.inputs["query"].CopyFrom(query)
        response = _call(self._stub.Predict, request, timeout)
        return {
            name: tf.make_ndarray(value) for name, value in response.outputs.items()
        }

    def signatures(self, model: ServedModel, timeout: float) -> list[str]:
        """See `Transport`."""
        request = get_model_metadata_pb2.GetModelMetadataRequest(
            model_spec=_model_spec(model), metadata_field=[_SIGNATURES]
        )
        response = _call(self._stub.GetModelMetadata, request, timeout)
        found = get_model_metadata_pb2.SignatureDefMap()
        response.metadata[_SIGNATURES].Unpack(found)
        return sorted(name for name in found.signature_def if name[:2] != "__")

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()


def _model_spec(model: ServedModel) -> Any:
    spec = model_pb2.ModelSpec(name=model.name)
    if model.version is not None:
        spec.version.value = model.version
    if model.version_label is not None:
        spec.version_label = model.version_label
    return spec


def _call(method: Any, request: Any, timeout: float) -> Any:
    try:
        return method(request, timeout=timeout)
    except grpc.RpcError as error:
        raise CallError(error.code().name, error.details() or "") from error
