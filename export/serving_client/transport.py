"""What a protocol does for the client."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from export.serving_client.served_model import ServedModel

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
