r"""Asks a TensorFlow Serving server which keys match a query best.

For example, by gRPC, and for each line of a file by REST:

    python -m export.client --target=localhost:8500 --model=union_27 \
        --query="red-solid-circle green-*-square | ..."
    python -m export.client --target=localhost:8501 --protocol=rest \
        --model=union_27 --queries_file=queries.txt --output_format=json

REST needs no TensorFlow here, so it starts in a tenth of the time.
"""

import contextlib
import sys
from collections.abc import Iterator

from absl import flags
from tqdm import tqdm

from export.serving_client import endpoint as endpoint_lib
from export.serving_client import queries
from export.serving_client import rest_transport
from export.serving_client.endpoint import Endpoint
from export.serving_client.ranking import Ranking
from export.serving_client.ranking_client import RankingClient
from export.serving_client.retries import Retries
from export.serving_client.served_model import ServedModel
from export.serving_client.transport import Transport
from set_contrastive.base import command_line

_TARGET = flags.DEFINE_string(
    "target",
    None,
    "Where the server listens, as host:port; by custom 8500 is gRPC and 8501 REST.",
    required=True,
)
_PROTOCOL = flags.DEFINE_enum(
    "protocol", "grpc", ["grpc", "rest"], "What is spoken at that port."
)
_MODEL = flags.DEFINE_string(
    "model", None, "Name under which the server knows the model.", required=True
)
_VERSION = flags.DEFINE_integer(
    "version", None, "Version of the model; the newest by default.", lower_bound=0
)
_VERSION_LABEL = flags.DEFINE_string(
    "version_label", None, "Label of a version in the server's configuration."
)
_SIGNATURE = flags.DEFINE_string(
    "signature", ServedModel.signature, "Signature that ranks keys for texts."
)
_QUERY = flags.DEFINE_string(
    "query", None, "The query's text, such as 'red-solid-circle green-*-square | ...'."
)
_QUERIES_FILE = flags.DEFINE_string(
    "queries_file", None, "File with a query a line, in place of --query."
)
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size",
    queries.DEFAULT_BATCH_SIZE,
    "How many lines of the file go to the server together.",
    lower_bound=1,
)
_TOP = flags.DEFINE_integer("top", 10, "How many keys to show.", lower_bound=1)
_OUTPUT_FORMAT = flags.DEFINE_enum(
    "output_format", "table", ["table", "json"], "json prints a line a query."
)
_TIMEOUT = flags.DEFINE_float(
    "timeout",
    Retries.timeout,
    "Seconds for a batch, with all retries.",
    lower_bound=1e-3,
)
_RETRIES = flags.DEFINE_integer(
    "retries",
    Retries.number,
    "How often to ask again while the server is unavailable.",
    lower_bound=0,
)
_TLS = flags.DEFINE_bool("tls", False, "Encrypt, and verify the server's certificate.")
_TLS_CA = flags.DEFINE_string(
    "tls_ca", None, "File of root certificates in PEM, in place of the system's."
)


def main(argv: list[str]) -> None:
    """Asks, and prints each answer as it comes."""
    del argv
    batches = queries.batches(_QUERY.value, _QUERIES_FILE.value, _BATCH_SIZE.value)
    model = ServedModel(
        _MODEL.value, _VERSION.value, _VERSION_LABEL.value, _SIGNATURE.value
    )
    endpoint = endpoint_lib.parse(_TARGET.value, _TLS.value, _TLS_CA.value)
    retries = Retries(_RETRIES.value, _TIMEOUT.value)
    number = sum(len(batch.texts) for batch in batches)
    with _connected(_PROTOCOL.value, endpoint) as transport:
        client = RankingClient(endpoint, transport, model, retries)
        # On a terminal the answers themselves show how far it is.
        progress = tqdm(
            total=number,
            unit="query",
            delay=5,
            leave=False,
            disable=sys.stdout.isatty(),
        )
        with progress:
            for batch in batches:
                for ranking in client.rank(batch):
                    _show(ranking, alone=number == 1)
                progress.update(len(batch.texts))


def _show(ranking: Ranking, alone: bool) -> None:
    shown = ranking.top(_TOP.value)
    if _OUTPUT_FORMAT.value == "json":
        print(shown.json_line())
    elif alone:
        print(shown.table())
    else:
        print(f"{shown.query}\n{shown.table()}\n")


@contextlib.contextmanager
def _connected(protocol: str, endpoint: Endpoint) -> Iterator[Transport]:
    """Yields what speaks the protocol."""
    transport: Transport
    if protocol == "rest":
        transport = rest_transport.RestTransport(endpoint)
    else:
        from export.serving_client import grpc_transport  # Imports TensorFlow.

        transport = grpc_transport.GrpcTransport(endpoint)
    try:
        yield transport
    finally:
        transport.close()


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
