"""Tests of the files that configure TensorFlow Serving, and of its smoke test."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf import descriptor_pool
from google.protobuf import message_factory
from google.protobuf import text_format
from google.protobuf import wrappers_pb2
from tensorflow_serving.config import model_server_config_pb2

from export.serving_client import queries
from set_contrastive.base import kept_memory
from tests.export import tiny_ranker

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVING = ROOT / "export" / "serving"

# tensorflow-serving-api does not ship these two messages, so their fields stand here:
# number and type of session_bundle_config.proto and monitoring_config.proto.
_INT64 = ".google.protobuf.Int64Value"
_BATCHING = {
    "max_batch_size": (1, _INT64),
    "batch_timeout_micros": (2, _INT64),
    "max_enqueued_batches": (3, _INT64),
    "num_batch_threads": (4, _INT64),
    "thread_pool_name": (5, ".google.protobuf.StringValue"),
    "allowed_batch_sizes": (6, "repeated int64"),
    "pad_variable_length_inputs": (7, "bool"),
    "enable_large_batch_splitting": (8, ".google.protobuf.BoolValue"),
    "max_execution_batch_size": (9, _INT64),
}
_PROMETHEUS = {"enable": (1, "bool"), "path": (2, "string")}
_MONITORING = {"prometheus_config": (1, ".tensorflow.serving.PrometheusConfig")}


@pytest.fixture(scope="module")
def messages():
    """Classes of messages by name."""
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="configs.proto",
        package="tensorflow.serving",
        syntax="proto3",
        dependency=["google/protobuf/wrappers.proto"],
    )
    field_types = descriptor_pb2.FieldDescriptorProto
    for name, fields in (
        ("BatchingParameters", _BATCHING),
        ("PrometheusConfig", _PROMETHEUS),
        ("MonitoringConfig", _MONITORING),
    ):
        message = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            field = message.field.add(name=field_name, number=number)
            repeated = kind.startswith("repeated ")
            field.label = 3 if repeated else 1
            if kind.startswith("."):
                field.type, field.type_name = field_types.TYPE_MESSAGE, kind
            else:
                kind = kind.removeprefix("repeated ")
                field.type = getattr(field_types, f"TYPE_{kind.upper()}")
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"tensorflow.serving.{name}")
        )
        for name in ("BatchingParameters", "MonitoringConfig")
    }


def test_the_models_are_where_the_containers_have_them():
    config = text_format.Parse(
        (SERVING / "models.config").read_text(),
        model_server_config_pb2.ModelServerConfig(),
    )
    (model,) = config.model_config_list.config
    assert (model.name, model.base_path) == ("union_27", "/models/union_27")
    assert model.model_platform == "tensorflow"
    assert model.model_version_policy.latest.num_versions == 1


def test_the_labels_that_models_config_explains_are_valid():
    text = (SERVING / "models.config").read_text()
    (policy,) = re.findall(r"`(specific .*)`", text)
    labels = re.findall(r"# +(version_labels .*)", text)
    model = model_server_config_pb2.ModelConfig(name="two_tower")
    text_format.Parse(f"model_version_policy {{ {policy} }}", model)
    text_format.Merge("\n".join(labels), model)
    known = model.model_version_policy.specific.versions
    assert set(model.version_labels.values()) <= set(known)


def test_batch_sizes_ascend_to_the_largest(messages):
    text = (SERVING / "batching_parameters.txt").read_text()
    found = text_format.Parse(text, messages["BatchingParameters"]())
    sizes = list(found.allowed_batch_sizes)
    assert sizes == sorted(set(sizes)) and sizes[0] >= 1
    assert sizes[-1] == found.max_batch_size.value
    # Else the server refuses a file of queries.
    assert queries.DEFAULT_BATCH_SIZE <= found.max_batch_size.value
    assert 0 <= found.batch_timeout_micros.value < 100_000
    assert found.num_batch_threads.value >= 1
    assert found.max_enqueued_batches.value >= found.num_batch_threads.value
    with pytest.raises(text_format.ParseError):
        text_format.Parse("max_batch_size: 1", messages["BatchingParameters"]())


def test_counters_are_where_the_smoke_test_reads_them(messages):
    text = (SERVING / "monitoring.config").read_text()
    found = text_format.Parse(text, messages["MonitoringConfig"]()).prometheus_config
    assert found.enable
    assert found.path in (SERVING / "smoke_test.sh").read_text()


def test_compose_and_smoke_test_start_the_same_server():
    compose = (SERVING / "docker-compose.yml").read_text()
    script = (SERVING / "smoke_test.sh").read_text()
    assert len(set(re.findall(r"tensorflow/serving:[\w.]+", compose + script))) == 1
    flags = re.findall(r"^      - (--\w+.*)", compose, re.MULTILINE)
    own = r"^  (--\w+_file=\S+|--enable_\w+|--tensorflow_\w+=\d+)"
    assert flags == re.findall(own, script, re.MULTILINE)
    for flag in flags:
        assert "_file=" not in flag or (SERVING / pathlib.Path(flag).name).is_file()
    kept = kept_memory.ENVIRONMENT
    assert (
        dict(re.findall(r'^      (MALLOC_\w+): "(.*)"', compose, re.MULTILINE)) == kept
    )
    assert dict(re.findall(r"--env (MALLOC_\w+)=(\d+)", script)) == kept
    assert re.findall(r"target: (.*)", compose) == ["/models", "/config"]
    assert re.findall(r"target=(\S*),", script) == ["/models", "/config"]


@pytest.fixture
def smoke_test(tmp_path):
    """Runs smoke_test.sh where `docker` is the fake."""
    if not shutil.which("curl"):
        pytest.skip("smoke_test.sh needs the command curl")
    (tmp_path / "bin").mkdir()
    (tmp_path / "state").mkdir()
    docker = tmp_path / "bin" / "docker"
    fake = f"exec {sys.executable} {ROOT}/tests/export/fake_docker.py"
    docker.write_text(f'#!/bin/sh\n{fake} "$@"\n')
    docker.chmod(0o755)
    tiny_ranker.save(tmp_path / "exported" / "union_27" / "1")

    def run(**environment):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            second.bind(("127.0.0.1", 0))
            ports = first.getsockname()[1], second.getsockname()[1]
        return subprocess.run(
            ["bash", SERVING / "smoke_test.sh", tmp_path / "exported"],
            env={
                **os.environ,
                "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
                "PYTHON": sys.executable,
                "FAKE_DOCKER": str(tmp_path / "state"),
                "GRPC_PORT": str(ports[0]),
                "REST_PORT": str(ports[1]),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=120,
        )

    yield run
    assert not list((tmp_path / "state").glob("*.pid"))  # All containers are gone.


def test_the_smoke_test_asks_and_stops_the_server(smoke_test):
    done = smoke_test()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("long        0.7500") == 1  # REST says the same.
    assert done.stdout.endswith("All is well\n")


def test_the_smoke_test_says_what_is_wrong(smoke_test, tmp_path):
    (tmp_path / "state" / "silent").touch()
    done = smoke_test(WAIT_SECONDS="1")
    assert done.returncode == 1
    assert "error: union_27 is not available" in done.stderr
    (tmp_path / "state" / "crash").touch()
    (tmp_path / "state" / "silent").unlink()
    done = smoke_test()
    assert done.returncode == 1
    assert "error: the server has ended" in done.stderr
    assert "the server is broken" in done.stderr
    done = smoke_test(PYTHON="no_such_python")
    assert done.returncode == 2 and "no_such_python is not installed" in done.stderr
    shutil.rmtree(tmp_path / "exported")
    (tmp_path / "exported").mkdir()
    done = smoke_test()
    assert done.returncode == 2 and "expected exported models" in done.stderr
