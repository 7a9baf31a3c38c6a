r"""Asks a TensorFlow Serving server which keys match a query best.

For example, by gRPC, and for each line of a file by REST:

    python -m export.client --target=localhost:8500 --model=union_27 \
        --query="red-solid-circle green-*-square | ..."
    python -m export.client --target=localhost:8501 --protocol=rest \
        --model=union_27 --queries_file=queries.txt --output_format=json

REST needs no TensorFlow here, so it starts in a tenth of the time.
"""

import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from typing import Literal

from tqdm import tqdm

from export.serving_client import queries
from export.serving_client import rest_transport
from export.serving_client import server
from export.serving_client.queries import Ranking
from export.serving_client.ranking_client import RankingClient
from export.serving_client.ranking_client import Retries
from export.serving_client.server import Endpoint
from export.serving_client.server import ServedModel
from export.serving_client.server import Transport
from set_contrastive.base import command_line
from set_contrastive.configs import flags as config_flags
from set_contrastive.configs.checks import check_at_least


@dataclasses.dataclass(frozen=True)
class ClientConfig:
    """Where the server is, what to ask it, and how to show the answer."""

    # Where the server listens, as host:port; by custom 8500 is gRPC and 8501 REST.
    target: str
    # What is spoken at that port.
    protocol: Literal["grpc", "rest"] = "grpc"
    # The query's text, such as 'red-solid-circle green-*-square | ...'.
    query: str | None = None
    # File with one query per line, in place of a query.
    queries_file: str | None = None
    # How many lines of the file go to the server together.
    batch_size: int = queries.DEFAULT_BATCH_SIZE
    # How many keys to show.
    top: int = 10
    # Whether to print a table, or one line of JSON for each query.
    output_format: Literal["table", "json"] = "table"
    # Encrypt, and verify the server's certificate.
    tls: bool = False
    # File of root certificates in PEM, in place of the system's.
    tls_ca: str | None = None

    def __post_init__(self) -> None:
        check_at_least(self, 1, "batch_size", "top")


config_flags.define(ClientConfig)
config_flags.define(ServedModel)
config_flags.define(Retries)


def main(argv: list[str]) -> None:
    """Asks, and prints each answer as it comes."""
    del argv
    config = config_flags.read(ClientConfig)
    batches = queries.batches(config.query, config.queries_file, config.batch_size)
    model, retries = config_flags.read(ServedModel), config_flags.read(Retries)
    endpoint = server.parse_target(config.target, config.tls, config.tls_ca)
    number = sum(len(batch.texts) for batch in batches)
    with _connected(config.protocol, endpoint) as transport:
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
                    _show(ranking.top(config.top), config.output_format, number == 1)
                progress.update(len(batch.texts))


def _show(shown: Ranking, output_format: str, alone: bool) -> None:
    if output_format == "json":
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
