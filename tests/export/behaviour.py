"""How the server of the tests goes wrong when a test wants it."""

import threading
import time

import grpc

from tests.export.served_models import ServingError


class Behaviour:
    """How the next predictions go wrong, and how many there were."""

    def __init__(self):
        self._lock = threading.Lock()
        self.change({})

    def change(self, wanted):
        self._unavailable = wanted.get("unavailable", 0)
        self._delay = wanted.get("delay", 0.0)
        self.predictions = 0

    def before_prediction(self):
        with self._lock:
            self.predictions += 1
            self._unavailable -= 1
            unavailable = self._unavailable >= 0
        time.sleep(self._delay)
        if unavailable:
            message = "the test wants this server to be unavailable"
            raise ServingError(grpc.StatusCode.UNAVAILABLE, message)
