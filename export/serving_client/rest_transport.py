"""The REST protocol, with the standard library alone.

The format is that of https://www.tensorflow.org/tfx/serving/api_rest. The connection is
direct: proxies of the environment are not asked.
"""

import http.client
import json
import socket
import ssl
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from export.serving_client import server
from export.serving_client.server import CallError
from export.serving_client.server import Endpoint
from export.serving_client.server import Outputs
from export.serving_client.server import ServedModel

# As TensorFlow Serving turns one into the other; 400 is also that of
# FAILED_PRECONDITION and OUT_OF_RANGE.
_STATUSES = {
    400: server.INVALID_ARGUMENT,
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: server.NOT_FOUND,
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    501: "UNIMPLEMENTED",
    503: server.UNAVAILABLE,
    504: server.DEADLINE_EXCEEDED,
}


class RestTransport:
    """Speaks to the REST port of a server, 8501 by custom."""

    def __init__(self, endpoint: Endpoint):
        self._endpoint = endpoint

    def predict(
        self, model: ServedModel, texts: Sequence[str], timeout: float
    ) -> Outputs:
        """See `Transport`."""
        body = {"signature_name": model.signature, "inputs": {"query": list(texts)}}
        answer = self._call("POST", f"{_path(model)}:predict", body, timeout)
        outputs = answer.get("outputs")
        if not isinstance(outputs, dict):  # A single output comes without its name.
            outputs = {} if outputs is None else {"(unnamed)": outputs}
        return {name: np.array(values) for name, values in outputs.items()}

    def signatures(self, model: ServedModel, timeout: float) -> list[str]:
        """See `Transport`."""
        answer = self._call("GET", f"{_path(model)}/metadata", None, timeout)
        try:
            found = answer["metadata"]["signature_def"]["signature_def"]
        except (KeyError, TypeError) as error:
            raise CallError(server.UNKNOWN, "its metadata list none") from error
        return sorted(name for name in found if not name.startswith("__"))

    def close(self) -> None:
        """Does nothing: each call has a connection of its own."""

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None, timeout: float
    ) -> dict[str, Any]:
        """Returns the JSON object that the server answers with code 200."""
        try:
            code, content = self._exchange(method, path, body, timeout)
        except TimeoutError as error:
            raise CallError(server.DEADLINE_EXCEEDED, str(error)) from error
        except ConnectionError as error:  # Refused, reset, or closed without a word.
            raise CallError(server.UNAVAILABLE, str(error)) from error
        # A name that cannot be one, such as `a..b`, is a UnicodeError.
        except (socket.gaierror, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            message = f"cannot find {self._endpoint.host}: {reason}"
            raise CallError(server.UNKNOWN, message) from error
        except ssl.SSLError as error:
            message = f"no TLS connection: {error.strerror or error}"
            raise CallError(server.UNKNOWN, message) from error
        except http.client.HTTPException as error:
            message = f"answers no HTTP, is it the REST port? ({error!r})"
            raise CallError(server.UNKNOWN, message) from error
        except OSError as error:  # Such as no route to the host.
            raise CallError(server.UNKNOWN, str(error)) from error
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if code == 200 and isinstance(answer, dict):
            return answer
        if isinstance(answer, dict) and "error" in answer:
            message = str(answer["error"])
        else:
            message = f"HTTP {code} without the JSON of TensorFlow Serving"
        raise CallError(_STATUSES.get(code, server.UNKNOWN), message)

    def _exchange(
        self, method: str, path: str, body: Mapping[str, Any] | None, timeout: float
    ) -> tuple[int, bytes]:
        """Returns the code and the content of the answer."""
        end = time.monotonic() + timeout
        host, port, tls = self._endpoint.host, self._endpoint.port, self._endpoint.tls
        connection = (
            http.client.HTTPConnection(host, port, timeout=timeout)
            if tls is None
            else http.client.HTTPSConnection(host, port, timeout=timeout, context=tls)
        )
        try:
            connection.connect()
            wire = connection.sock  # The connection forgets it before all is read.
            wire.settimeout(_seconds_to(end))
            content = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json", "Connection": "close"}
            connection.request(method, path, content, headers)
            wire.settimeout(_seconds_to(end))
            response = connection.getresponse()
            chunks: list[bytes] = []
            while True:
                wire.settimeout(_seconds_to(end))
                chunk = response.read1(2**20)
                if not chunk:
                    return response.status, b"".join(chunks)
                chunks.append(chunk)
        finally:
            connection.close()


def _seconds_to(end: float) -> float:
    """Returns the seconds that are left; a socket's timeout begins anew each time."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _path(model: ServedModel) -> str:
    path = f"/v1/models/{urllib.parse.quote(model.name, safe='')}"
    if model.version is not None:
        return f"{path}/versions/{model.version}"
    if model.version_label is not None:
        return f"{path}/labels/{urllib.parse.quote(model.version_label, safe='')}"
    return path
