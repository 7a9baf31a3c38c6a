"""Who may ask a page, and a page that is stopped while it still loads models."""

import http.client
import time

import pytest

from set_contrastive.playing import hosts
from tests.playing import page_server

_S = 7  # TensorFlow is imported by then, and models are being built.


def test_it_ends_well_while_models_load(tmp_path):
    with page_server.serve(tmp_path) as served:
        time.sleep(_S)
        assert served.stop() == 0
        assert served.written() == []


def test_other_names_than_its_own_are_refused(tmp_path):
    """Here at IPv6, where a port follows colons."""
    with page_server.serve(tmp_path, "--host=::1") as served:
        assert served.address == f"http://[::1]:{served.port}/"

        def asked(host):
            connection = http.client.HTTPConnection("::1", served.port)
            connection.request("GET", "/config", headers={"Host": host})
            code = connection.getresponse().status
            connection.close()
            return code

        for host in ("[::1]", "localhost", "127.0.0.1"):
            assert asked(f"{host}:{served.port}") == 200 == asked(host)
        for host in ("rebound.example", f"rebound.example:{served.port}", ""):
            assert asked(host) == 400


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.9", "127.0.0.9"),
        ("localhost", "localhost"),
        ("::1", "[::1]"),
        ("[::1]", "[::1]"),
    ],
)
def test_at_loopback_only_its_names_are_answered(host, allowed):
    names = hosts.allowed(host)
    assert {"localhost", "127.0.0.1", "[::1]", allowed} == set(names)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "box.example.org"])
def test_who_lets_others_in_is_asked_by_any_name(host):
    assert hosts.allowed(host) == ["*"]
    assert hosts.in_url("::") == "[::]" and hosts.in_url("0.0.0.0") == "0.0.0.0"
