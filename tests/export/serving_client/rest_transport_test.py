"""Tests of the REST protocol where what answers is no TensorFlow Serving."""

import socket
import threading
import time

import numpy as np
import pytest

from export.serving_client.rest_transport import RestTransport
from export.serving_client.server import CallError
from export.serving_client.server import Endpoint
from export.serving_client.server import ServedModel

_JSON = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s"


def _http(status, content):
    return [_JSON % (status, len(content), content)]


@pytest.fixture
def ask():
    """Asks a port that sends some bytes, piece by piece, and hears the request."""
    listener = socket.create_server(("127.0.0.1", 0))

    def call(pieces, model=ServedModel("union_27"), timeout=5.0):  # noqa: B008 - Frozen.
        heard = bytearray()

        def answer():
            connection, _ = listener.accept()
            with connection:
                while not heard.endswith(b"}}"):  # Headers and body come apart.
                    heard.extend(connection.recv(65536))
                try:
                    for piece in pieces:
                        connection.sendall(piece)
                        time.sleep(0.05 if len(pieces) > 1 else 0)
                except OSError:
                    pass  # The client has gone.

        thread = threading.Thread(target=answer)
        thread.start()
        transport = RestTransport(Endpoint("127.0.0.1", listener.getsockname()[1]))
        try:
            outputs = transport.predict(model, ["a"], timeout)
        finally:
            thread.join()
        return outputs, heard.decode()

    with listener:
        yield call


@pytest.mark.parametrize(
    ("pieces", "status", "said"),
    [
        (_http(b"404 Not Found", b"nope"), "NOT_FOUND", "HTTP 404 without the JSON"),
        (_http(b"200 OK", b"[1]"), "UNKNOWN", "HTTP 200 without the JSON"),
        (_http(b"200 OK", b'{"outputs": '), "UNKNOWN", "HTTP 200 without the JSON"),
        (_http(b"500 Error", b'{"error": "broken"}'), "UNKNOWN", "broken"),
        (_http(b"429 Many", b'{"error": "full"}'), "RESOURCE_EXHAUSTED", "full"),
        (_http(b"503 Busy", b'{"error": "later"}'), "UNAVAILABLE", "later"),
        (_http(b"504 Late", b'{"error": "late"}'), "DEADLINE_EXCEEDED", "late"),
        ([b"SSH-2.0-OpenSSH\r\n"], "UNKNOWN", "answers no HTTP"),
        ([b""], "UNAVAILABLE", "closed connection|reset"),
    ],
)
def test_what_comes_back_is_told(pieces, status, said, ask):
    with pytest.raises(CallError) as raised:
        ask(pieces)
    assert raised.value.status == status
    assert raised.match(said)


def test_the_timeout_holds_for_the_whole_answer(ask):
    """Each byte comes in time for the socket, and all of them too late."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n"
    start = time.monotonic()
    with pytest.raises(CallError) as raised:
        ask([head, *[b" "] * 30], timeout=0.3)
    assert raised.value.status == "DEADLINE_EXCEEDED"
    assert time.monotonic() - start < 1.2


def test_the_request_is_that_of_the_rules(ask):
    outputs, request = ask(
        _http(b"200 OK", b'{"outputs": {"keys": [[1, 0]], "names": [["b", "a"]]}}'),
        ServedModel("a/b", version_label="x y"),
    )
    assert request.startswith("POST /v1/models/a%2Fb/labels/x%20y:predict HTTP/1.1\r\n")
    assert request.endswith(
        '{"signature_name": "rank_text", "inputs": {"query": ["a"]}}'
    )
    np.testing.assert_array_equal(outputs["keys"], [[1, 0]])
    assert outputs["names"].tolist() == [["b", "a"]]
