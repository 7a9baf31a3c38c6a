"""Has each answer tell the browser whom the page may ask: this server alone."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class Policy:
    """ASGI middleware that adds a Content-Security-Policy.

    Args:
      app: What answers.
      policy: The value of the header.
    """

    def __init__(
        self, app: Callable[[_Message, _Receive, _Send], Awaitable[None]], policy: str
    ):
        self._app = app
        self._header = (b"content-security-policy", policy.encode())

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answers, with the header."""

        async def send_with_header(message: _Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], self._header]}
            await send(message)

        await self._app(scope, receive, send_with_header)
