"""Asks for rankings, again if need be, and says what went wrong."""

import dataclasses
import itertools
import random
import time
from collections.abc import Callable
from typing import TypeVar

from export.serving_client import queries
from export.serving_client import server
from export.serving_client.queries import Batch
from export.serving_client.queries import Ranking
from export.serving_client.server import CallError
from export.serving_client.server import Endpoint
from export.serving_client.server import ServedModel
from export.serving_client.server import Transport
from set_contrastive.base.errors import UserError
from set_contrastive.configs.checks import check_at_least
from set_contrastive.configs.checks import check_at_most

_DAY = 86_400
_T = TypeVar("_T")


@dataclasses.dataclass(frozen=True)
class Retries:
    """Asks again while the server is unavailable, and for no other reason.

    Before try n (from 1) after the first, it waits for a time that is uniform between 0
    and `min(longest_wait, first_wait * 2^(n - 1))`, so that many clients do not come
    back together ("full jitter" of
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
    """

    # How often to ask again while the server is unavailable; 0 asks once.
    number: int = dataclasses.field(default=4, metadata={"flag": "retries"})
    # Seconds for a batch, all tries and the waits between them together; a day at most.
    timeout: float = 10.0
    # Seconds to wait at most before the second try.
    first_wait: float = 0.1
    # Seconds to wait at most before any try.
    longest_wait: float = 2.0

    def __post_init__(self) -> None:
        """Refuses what no call can do.

        Raises:
          UserError: If a number is too small, or the timeout longer than a day.
        """
        if self.number < 0:
            raise UserError(f"retries must be at least 0, got {self.number}")
        check_at_least(self, 1e-3, "timeout")
        check_at_most(self, _DAY, "timeout")  # Sockets and gRPC take no endless one.
        check_at_least(self, 0, "first_wait", "longest_wait")

    def call(self, attempt: Callable[[float], _T]) -> _T:
        """Returns what a try returns.

        Args:
          attempt: Takes the seconds that are left and asks once.

        Raises:
          CallError: That of the last try.
        """
        end = time.monotonic() + self.timeout
        for tried in itertools.count():
            try:
                return attempt(end - time.monotonic())
            except CallError as error:
                longest = min(self.longest_wait, self.first_wait * 2**tried)
                wait = random.uniform(0, longest)
                late = time.monotonic() + wait >= end
                if error.status != server.UNAVAILABLE or tried == self.number or late:
                    raise
                time.sleep(wait)
        raise AssertionError("itertools.count does not end")


@dataclasses.dataclass(frozen=True)
class RankingClient:
    """Ranks the keys for texts of queries."""

    # Where the server is, for error messages.
    endpoint: Endpoint
    # How to reach it.
    transport: Transport
    # What to ask there.
    model: ServedModel
    # How long and how often.
    retries: Retries

    def rank(self, batch: Batch) -> list[Ranking]:
        """Returns the rankings of the queries of a batch, in their order.

        Raises:
          UserError: If there is no answer, or a query is none of the model's game.
        """
        try:
            outputs = self.retries.call(
                lambda timeout: self.transport.predict(self.model, batch.texts, timeout)
            )
        except CallError as error:
            raise UserError(self._explained(error, batch)) from error
        return queries.rankings(batch.texts, outputs, self.model.signature)

    def _explained(self, error: CallError, batch: Batch) -> str:
        """Returns what the user can mend."""
        status, message = error.status, error.message
        # TensorFlow Serving's own words, which gRPC and REST give another code each.
        if message.startswith("Serving signature"):
            return f"signature={self.model.signature}: {self._other_signatures()}"
        if status == server.UNAVAILABLE:
            return (
                f"target={self.endpoint}: unavailable, with "
                f"timeout={self.retries.timeout:g} and retries={self.retries.number}: "
                f"{message}"
            )
        if status == server.DEADLINE_EXCEEDED:
            return (
                f"timeout={self.retries.timeout:g}: {self.endpoint} did not answer "
                "within that many seconds"
            )
        if status == server.NOT_FOUND:
            return f"model={self.model}: not at {self.endpoint}: {message}"
        if status == server.INVALID_ARGUMENT:
            return f"{batch.place}: refused by model={self.model}: {message}"
        return f"target={self.endpoint}: {status}: {message}"

    def _other_signatures(self) -> str:
        try:
            found = self.retries.call(
                lambda timeout: self.transport.signatures(self.model, timeout)
            )
        except CallError as error:
            return f"unknown to model={self.model} ({error.message})"
        return f"expected one of {', '.join(found)} of model={self.model}"
