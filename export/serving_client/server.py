"""A server as a client knows it: where it is, what to ask it, and how it fails."""

import dataclasses
import ssl
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.configs.checks import check_at_least
from set_contrastive.configs.checks import check_at_most

UNAVAILABLE = "UNAVAILABLE"
DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
INVALID_ARGUMENT = "INVALID_ARGUMENT"
NOT_FOUND = "NOT_FOUND"
UNKNOWN = "UNKNOWN"
_LAST_VERSION = 2**63 - 1  # What an int64 of the protocol holds.


class CallError(Exception):
    """A call failed.

    Args:
      status: The name of a gRPC status code, whatever the protocol is; see
        https://grpc.io/docs/guides/status-codes.
      message: What the server or the connection told.
    """

    def __init__(self, status: str, message: str):
        super().__init__(status, message)
        self.status = status
        # TensorFlow ends with the nodes of the graph, which are no use to a client.
        self.message = message.partition("\n\t [[{{")[0]


def check_text(argument: str, text: str) -> None:
    """Raises UserError for a text of the command line that was not UTF-8.

    Python keeps such bytes as surrogates, which no protocol can send.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UserError(f"{argument}: expected UTF-8, got {text!r}") from error


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """A port of a server."""

    # Name or address of the machine; an IPv6 address without brackets.
    host: str
    # TCP port, 1 to 65,535.
    port: int
    # How to verify the server; None speaks no TLS.
    tls: ssl.SSLContext | None = None
    # The root certificates in PEM; None leaves them to the protocol's library.
    root_certificates: bytes | None = None

    def __str__(self) -> str:
        """Returns the target as a user writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_target(target: str, tls: bool, tls_ca: str | None) -> Endpoint:
    """Returns the endpoint that the flags name.

    Args:
      target: `host:port`, where an IPv6 address stands in brackets.
      tls: Whether to encrypt, and to verify the server's certificate.
      tls_ca: File of root certificates in PEM; None for those of the system.

    Raises:
      UserError: If the target has another form, or there are no certificates in
        the file.
    """
    check_text("target", target)
    if tls_ca and not tls:
        raise UserError(f"tls_ca={tls_ca} needs tls=true, got tls=false")
    try:
        parts = urllib.parse.urlsplit(f"//{target}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or parts.netloc != target or "@" in target:
        raise UserError(
            f"target must look like localhost:8500 or [::1]:8500, got {target!r}"
        )
    if not tls:
        return Endpoint(host, port)
    try:
        context = ssl.create_default_context(cafile=tls_ca)
        roots = None
        if tls_ca:
            with open(tls_ca, "rb") as file:
                roots = file.read()
    except OSError as error:  # Of ssl, too.
        raise UserError(
            f"tls_ca must be a file of certificates in PEM, got {tls_ca}: "
            f"{error.strerror or error}"
        ) from error
    return Endpoint(host, port, context, roots)


@dataclasses.dataclass(frozen=True)
class ServedModel:
    """What TensorFlow Serving calls a model specification."""

    # Name under which the server knows the model.
    name: str = dataclasses.field(metadata={"flag": "model"})
    # Version of the model; the newest by default.
    version: int | None = None
    # Label that the server's configuration gives to a version, such as stable.
    version_label: str | None = None
    # Signature that ranks keys for texts.
    signature: str = "rank_text"

    def __post_init__(self) -> None:
        """Refuses two answers to the same question.

        Raises:
          UserError: If both a version and a label are given, the version is below 0
            or more than 64 bits hold, or a name is not UTF-8.
        """
        if self.version is not None:
            check_at_least(self, 0, "version")
            check_at_most(self, _LAST_VERSION, "version")
        check_text("model", self.name)
        check_text("version_label", self.version_label or "")
        check_text("signature", self.signature)
        if self.version is not None and self.version_label is not None:
            raise UserError(
                "expected one of version and version_label, got "
                f"version={self.version} and version_label={self.version_label}"
            )

    def __str__(self) -> str:
        """Returns the model as error messages name it."""
        if self.version is not None:
            return f"{self.name}, version={self.version}"
        if self.version_label is not None:
            return f"{self.name}, version_label={self.version_label}"
        return self.name


# Values by the name of the output; the batch comes first in every shape.
Outputs = Mapping[str, np.ndarray[Any, Any]]


class Transport(Protocol):
    """One try of each call; all raise `CallError`."""

    def predict(
        self, model: ServedModel, texts: Sequence[str], timeout: float
    ) -> Outputs:
        """Returns all outputs of the model's signature for the input `query`.

        Args:
          model: What to ask.
          texts: The queries, `[B]`.
          timeout: Seconds after which to give up.
        """

    def signatures(self, model: ServedModel, timeout: float) -> list[str]:
        """Returns the names of the model's signatures, sorted."""

    def close(self) -> None:
        """Ends the connection."""
