"""A server process on loopback that runs an exported scorer, and ways to ask it."""

import json
import pathlib
import shutil
import subprocess
import sys
import types
import urllib.request

import keras
import numpy as np
import pytest

from export import signatures
from export.serving_client import server as server_lib
from export.serving_client.grpc_transport import GrpcTransport
from export.serving_client.queries import Batch
from export.serving_client.ranking_client import RankingClient
from export.serving_client.ranking_client import Retries
from export.serving_client.rest_transport import RestTransport
from export.serving_client.server import ServedModel
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.models import families
from tests.export import tiny_ranker
from tests.export.serving_client.questions import GAME
from tests.export.serving_client.questions import QUERIES

ROOT = pathlib.Path(__file__).resolve().parents[3]
_TRANSPORTS = {"grpc": GrpcTransport, "rest": RestTransport}


@pytest.fixture(scope="session")
def scorer():
    keras.utils.set_random_seed(0)
    config = ModelConfig(
        family="two_tower", d_model=16, d_ff=24, vector_dim=8, key_bias=True
    )
    return families.build(GAME.spec, config)


@pytest.fixture(scope="session")
def late_scorer():
    keras.utils.set_random_seed(0)
    config = ModelConfig(
        family="late_interaction",
        d_model=16,
        d_ff=24,
        vector_dim=8,
        num_readouts=2,
        query_vectors=2,
        key_vectors=3,
    )
    return families.build(GAME.spec, config)


@pytest.fixture(scope="session")
def expected(scorer):
    """The ranking by Keras and NumPy, with no SavedModel between."""
    return _ranking(scorer)


@pytest.fixture(scope="session")
def late_expected(late_scorer):
    """The same of late interaction."""
    return _ranking(late_scorer)


def _ranking(scorer):
    scores = scorer.all_keys_scorer({"query": QUERIES}).numpy()
    exponentials = np.exp(scores.astype(np.float64))
    return types.SimpleNamespace(
        scores=scores,
        probabilities=exponentials / exponentials.sum(axis=1, keepdims=True),
        keys=np.argsort(-scores, axis=1, kind="stable"),
    )


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Folder with a certificate for loopback; None without the command openssl."""
    if not shutil.which("openssl"):
        return None
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
        "-days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 "
        "-keyout key.pem -out certificate.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def ports(scorer, late_scorer, certificate, tmp_path_factory):
    """A server process: its ports, by protocol."""
    folder = tmp_path_factory.mktemp("union_27")
    late_folder = tmp_path_factory.mktemp("late")
    tiny_ranker.save(folder / "1")
    for exported, version in ((scorer, folder / "2"), (late_scorer, late_folder / "1")):
        archive = keras.export.ExportArchive()
        signatures.add_signatures(archive, exported, GAME.spec, GAME.grammar())
        archive.write_out(str(version), verbose=False)
    command = [
        *(sys.executable, "-m", "tests.export.model_server"),
        f"--model=union_27={folder}",
        f"--model=late={late_folder}",
        "--label=union_27=stable=1",
    ]
    if certificate:
        command.append(f"--tls_key={certificate / 'key.pem'}")
        command.append(f"--tls_certificate={certificate / 'certificate.pem'}")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
        yield json.loads(server.stdout.readline())
        server.terminate()


@pytest.fixture(scope="session")
def http(ports):
    """Asks the REST port, by the standard library."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(path, body=None):
        url = f"http://localhost:{ports['rest']}{path}"
        data = None if body is None else json.dumps(body).encode()
        with opener.open(url, data, timeout=30) as response:
            return json.load(response)

    return call


@pytest.fixture
def behave(http):
    """Makes the server go wrong, and counts what it is asked."""

    def change(**behaviour):
        http("/test/behaviour", behaviour)
        return lambda: http("/test/predictions")

    yield change
    change()


@pytest.fixture
def rank(ports):
    """Ranks texts by a protocol."""
    transports = []

    def call(protocol, texts, retries=4, timeout=20.0, tls=False, tls_ca=None, **model):
        port = model.pop("port", None)
        port = port or ports[f"{protocol}_tls" if tls else protocol]
        endpoint = server_lib.parse_target(f"localhost:{port}", tls, tls_ca)
        transports.append(_TRANSPORTS[protocol](endpoint))
        client = RankingClient(
            endpoint,
            transports[-1],
            ServedModel(**{"name": "union_27", **model}),
            Retries(retries, timeout, first_wait=0.02),
        )
        return client.rank(Batch(tuple(texts), "query"))

    yield call
    for transport in transports:
        transport.close()


@pytest.fixture
def command(ports):
    """Runs the client as a user does."""

    def call(protocol, *arguments):
        return subprocess.run(
            [
                *(sys.executable, "-m", "export.client", "--model=union_27"),
                f"--target=localhost:{ports[protocol]}",
                f"--protocol={protocol}",
                *arguments,
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return call
