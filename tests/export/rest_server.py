"""The REST routes of TensorFlow Serving, for the server of the tests only."""

import http.server
import json
import re
import threading
import urllib.parse

import grpc
from google.protobuf import json_format
from tensorflow_serving.apis import model_pb2

from tests.export import serving_json
from tests.export.served_models import ServingError

_HTTP_CODES = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
_MODEL_PATH = re.compile(
    r"/v1/models/(?P<name>[^/:]+)"
    r"(/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?"
    r"(?P<what>:predict|/metadata)?"
)


def _rest_handler(models, behaviour, monitoring_path):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self._answer(None)

        def do_POST(self):
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def log_message(self, *arguments):
            pass  # Clients of the tests would find it in their standard error.

        def _answer(self, body):
            if self.path == monitoring_path:
                line = (
                    f":tensorflow:serving:request_count{{}} {behaviour.predictions}\n"
                )
                self._write(200, "text/plain", line)
                return
            try:
                code, answer = 200, self._route(body)
            except ServingError as error:
                code, answer = (
                    _HTTP_CODES.get(error.code, 500),
                    {"error": error.message},
                )
            self._write(code, "application/json", json.dumps(answer, indent=1))

        def _write(self, code, kind, text):
            content = text.encode()
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _route(self, body):
            if self.path == "/test/behaviour":
                behaviour.change(json.loads(body))
                return {}
            if self.path == "/test/predictions":
                return behaviour.predictions
            match = _MODEL_PATH.fullmatch(self.path)
            if not match or (match["what"] == ":predict") != (body is not None):
                message = f"Malformed request: {self.command} {self.path}"
                raise ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
            spec = _spec(match)
            if match["what"] == ":predict":
                return _predict(models, behaviour, spec, body)
            message = models.metadata(spec) if match["what"] else models.status(spec)
            return json_format.MessageToDict(
                message,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )

    return Handler


def _spec(match):
    spec = model_pb2.ModelSpec(name=urllib.parse.unquote(match["name"]))
    if match["version"]:
        spec.version.value = int(match["version"])
    elif match["label"]:
        spec.version_label = urllib.parse.unquote(match["label"])
    return spec


def _predict(models, behaviour, spec, body):
    behaviour.before_prediction()
    try:
        request = json.loads(body)
        version = models.get(spec)
        signature = request.get("signature_name", "serving_default")
        inputs = version.inputs(signature)
        if inputs is None:
            raise ValueError(
                f'Serving signature name: "{signature}" not found in signature def'
            )
        arrays, rows = serving_json.arrays(request, inputs)
    except ValueError as error:
        code = grpc.StatusCode.INVALID_ARGUMENT
        raise ServingError(code, str(error)) from error
    return serving_json.answer(version.run(signature, arrays), rows)


def listen(models, behaviour, port=0, tls=None, monitoring_path=None):
    address = ("127.0.0.1", port)
    handler = _rest_handler(models, behaviour, monitoring_path)
    server = http.server.ThreadingHTTPServer(address, handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
