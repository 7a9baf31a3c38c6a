"""Tests of where the client looks for the server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.serving_client import server
from set_contrastive.base.errors import UserError

_HOSTS = st.sampled_from(["localhost", "10.0.0.7", "::1", "serving.example.org"])


@given(host=_HOSTS, port=st.integers(1, 65535))
def test_a_target_is_host_and_port(host, port):
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    found = server.parse_target(target, tls=False, tls_ca=None)
    assert (found.host, found.port, found.tls) == (host, port, None)
    assert str(found) == target


@pytest.mark.parametrize(
    "target",
    [
        *("", "localhost", "localhost:", ":8500", "localhost:0", "localhost:65536"),
        *("localhost:x", "http://localhost:8501", "localhost:8501/v1", "::1:8500"),
        *("me@localhost:8500", "[::1:8500", "localhost:8500?a=b"),
    ],
)
def test_another_target_is_refused(target):
    with pytest.raises(UserError, match="target must look like localhost:8500"):
        server.parse_target(target, tls=False, tls_ca=None)


def test_what_no_protocol_can_send_is_refused():
    with pytest.raises(UserError, match="version must be at most 9,223,372,036,854,7"):
        server.ServedModel("union_27", version=2**63)
    assert server.ServedModel("union_27", version=2**63 - 1)
    for names in ({"name": "\udcff"}, {"name": "a", "signature": "\udcff"}):
        with pytest.raises(UserError, match="(model|signature): expected UTF-8, got"):
            server.ServedModel(**names)
    with pytest.raises(UserError, match="version_label: expected UTF-8, got"):
        server.ServedModel("a", version_label="\udcff")
    with pytest.raises(UserError, match="target: expected UTF-8, got"):
        server.parse_target("\udcff:8500", tls=False, tls_ca=None)


def test_root_certificates_must_be_there(tmp_path):
    with pytest.raises(UserError, match="tls_ca=roots.pem needs tls=true"):
        server.parse_target("localhost:1", tls=False, tls_ca="roots.pem")
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UserError, match=f"certificates in PEM, got {path}: "):
            server.parse_target("localhost:1", tls=True, tls_ca=str(path))
    (tmp_path / "text").write_text("no certificate")
    with pytest.raises(UserError, match="certificates in PEM"):
        server.parse_target("localhost:1", tls=True, tls_ca=str(tmp_path / "text"))
