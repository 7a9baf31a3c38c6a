"""The address that the page listens at, and the names by which it may be asked."""

import ipaddress

# IPv6 in brackets, as in addresses of pages.
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def in_url(host: str) -> str:
    """Returns a host as it stands in the address of a page: IPv6 in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def allowed(host: str) -> list[str]:
    """Returns the values of the header Host that are answered; `*` is any.

    A foreign page can give its own name this machine's address (DNS rebinding) and then
    ask as if it were ours, but its name is what the browser sends as Host. Who listens
    at another address than loopback lets others in, by names that are not known here.

    Args:
      host: Where the page listens.
    """
    return [*_LOOPBACK, in_url(host)] if _is_loopback(host) else ["*"]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:  # A name.
        return False
