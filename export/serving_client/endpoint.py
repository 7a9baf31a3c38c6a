"""Where a server listens, and by which certificates it is known."""

import dataclasses
import ssl
import urllib.parse

from set_contrastive.base.errors import UserError


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


def parse(target: str, tls: bool, tls_ca: str | None) -> Endpoint:
    """Returns the endpoint that the flags name.

    Args:
      target: `host:port`, where an IPv6 address stands in brackets.
      tls: Whether to encrypt, and to verify the server's certificate.
      tls_ca: File of root certificates in PEM; None for those of the system.

    Raises:
      UserError: If the target has another form, or there are no certificates in
        the file.
    """
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
