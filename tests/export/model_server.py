r"""A server for tests of the client: what it says, but not how it is built.

It speaks PredictionService and ModelService by the published messages, and REST by the
published rules, and runs SavedModels with `tf.saved_model.load` in Python. It is no
product and no proof of TensorFlow Serving itself. It listens on loopback only and
prints its ports as a line of JSON once all is loaded:

    python -m tests.export.model_server --model=union_27=exported/union_27

Beside the REST routes it has two of its own: `POST /test/behaviour` takes
`{"unavailable": 2, "delay": 0.5}` (the next two predictions fail, and each takes half a
second longer), and `GET /test/predictions` tells how many were asked for since.
"""

import argparse
import concurrent.futures
import json
import pathlib
import ssl

import grpc
import tensorflow as tf
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from tests.export import rest_server
from tests.export.behaviour import Behaviour
from tests.export.served_models import ServedModels
from tests.export.served_models import ServingError


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, models, behaviour):
        self._models = models
        self._behaviour = behaviour

    def Predict(self, request, context):
        def answer():
            self._behaviour.before_prediction()
            version = self._models.get(request.model_spec)
            signature = request.model_spec.signature_name
            arrays = {n: tf.make_ndarray(t) for n, t in request.inputs.items()}
            response = predict_pb2.PredictResponse()
            for name, array in version.run(signature, arrays).items():
                response.outputs[name].CopyFrom(_tensor_proto(array))
            response.model_spec.name = request.model_spec.name
            response.model_spec.version.value = version.number
            response.model_spec.signature_name = signature or "serving_default"
            return response

        return _answered(answer, context)

    def GetModelMetadata(self, request, context):
        return _answered(lambda: self._models.metadata(request.model_spec), context)


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, models):
        self._models = models

    def GetModelStatus(self, request, context):
        return _answered(lambda: self._models.status(request.model_spec), context)


def _tensor_proto(array):
    """Returns typed fields, as the server does; `make_tensor_proto` packs bytes."""
    proto = tf.make_tensor_proto(array.flat[:0], array.dtype, [0])
    proto.tensor_shape.CopyFrom(tf.TensorShape(array.shape).as_proto())
    field = {"f": "float_val", "i": "int_val", "O": "string_val"}[array.dtype.kind]
    getattr(proto, field).extend(array.ravel().tolist())
    return proto


def _answered(answer, context):
    try:
        return answer()
    except ServingError as error:
        context.abort(error.code, error.message)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", action="append", help="name=folder")
    parser.add_argument(
        "--label", action="append", default=[], help="name=label=number"
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rest_api_port", type=int, default=0)
    parser.add_argument("--monitoring_path", help="where counters are")
    parser.add_argument("--tls_key")
    parser.add_argument("--tls_certificate")
    arguments = parser.parse_args()
    models, behaviour = ServedModels(), Behaviour()
    for entry in arguments.model:
        name, folder = entry.split("=", 1)
        labels = (label.split("=") for label in arguments.label)
        models.announce(name, folder, {k: int(v) for n, k, v in labels if n == name})
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        PredictionService(models, behaviour), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(
        ModelService(models), server
    )
    ports = {
        "grpc": server.add_insecure_port(f"127.0.0.1:{arguments.port}"),
        "rest": rest_server.listen(
            models,
            behaviour,
            arguments.rest_api_port,
            monitoring_path=arguments.monitoring_path,
        ),
    }
    if arguments.tls_key:
        files = arguments.tls_certificate, arguments.tls_key
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*files)
        ports["rest_tls"] = rest_server.listen(models, behaviour, tls=context)
        certificate, key = (pathlib.Path(file).read_bytes() for file in files)
        ports["grpc_tls"] = server.add_secure_port(
            "127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)])
        )
    server.start()
    models.load()
    print(json.dumps(ports), flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
