"""Asks for rankings, again if need be, and says what went wrong."""

import dataclasses

from export.serving_client import call_error
from export.serving_client import ranking
from export.serving_client.call_error import CallError
from export.serving_client.endpoint import Endpoint
from export.serving_client.queries import Batch
from export.serving_client.ranking import Ranking
from export.serving_client.retries import Retries
from export.serving_client.served_model import ServedModel
from export.serving_client.transport import Transport
from set_contrastive.base.errors import UserError


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
        return ranking.from_outputs(batch.texts, outputs, self.model.signature)

    def _explained(self, error: CallError, batch: Batch) -> str:
        """Returns what the user can mend."""
        status, message = error.status, error.message
        # TensorFlow Serving's own words, which gRPC and REST give another code each.
        if message.startswith("Serving signature"):
            return f"signature={self.model.signature}: {self._other_signatures()}"
        if status == call_error.UNAVAILABLE:
            return (
                f"target={self.endpoint}: unavailable, with "
                f"timeout={self.retries.timeout:g} and retries={self.retries.number}: "
                f"{message}"
            )
        if status == call_error.DEADLINE_EXCEEDED:
            return (
                f"timeout={self.retries.timeout:g}: {self.endpoint} did not answer "
                "within that many seconds"
            )
        if status == call_error.NOT_FOUND:
            return f"model={self.model}: not at {self.endpoint}: {message}"
        if status == call_error.INVALID_ARGUMENT:
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
