"""What a call to the server can end with but an answer."""

UNAVAILABLE = "UNAVAILABLE"
DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
INVALID_ARGUMENT = "INVALID_ARGUMENT"
NOT_FOUND = "NOT_FOUND"
UNKNOWN = "UNKNOWN"


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
