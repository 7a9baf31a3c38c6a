"""When to ask again."""

import dataclasses
import itertools
import random
import time
from collections.abc import Callable
from typing import TypeVar

from export.serving_client.call_error import UNAVAILABLE
from export.serving_client.call_error import CallError

_T = TypeVar("_T")


@dataclasses.dataclass(frozen=True)
class Retries:
    """Asks again while the server is unavailable, and for no other reason.

    Before try n (from 1) after the first, it waits for a time that is uniform between 0
    and `min(longest_wait, first_wait * 2^(n - 1))`, so that many clients do not come
    back together ("full jitter" of
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
    """

    # How often to ask again at most; 0 asks once.
    number: int = 4
    # Seconds for all tries together, with the waits between.
    timeout: float = 10.0
    # Seconds to wait at most before the second try.
    first_wait: float = 0.1
    # Seconds to wait at most before any try.
    longest_wait: float = 2.0

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
                if error.status != UNAVAILABLE or tried == self.number or late:
                    raise
                time.sleep(wait)
        raise AssertionError("itertools.count does not end")
