"""Replicas and workers train as one device does."""

import json
import socket

import pytest

from set_contrastive.configs.model_config import ModelConfig
from tests.training.short_trainings import MODEL
from tests.training.short_trainings import OBJECTIVES
from tests.training.short_trainings import assert_equal_runs
from tests.training.short_trainings import config
from tests.training.short_trainings import start
from tests.training.short_trainings import train
from tests.training.short_trainings import trained


def _assert_trained_as(single, processes, outputs, objectives=OBJECTIVES):
    for objective in objectives:
        run = single[OBJECTIVES.index(objective)]
        for other in trained(processes, outputs, objective):
            assert_equal_runs(run, other)


@pytest.mark.parametrize(
    ("replicas", "objectives"), [(2, OBJECTIVES), (4, OBJECTIVES[:1])]
)
def test_mirrored_replicas_train_as_one_device(single, tmp_path, replicas, objectives):
    output = tmp_path / "run"
    process = start(output, objectives, strategy="mirrored", replicas=replicas)
    _assert_trained_as(single, [process], [output], objectives)


@pytest.mark.parametrize(
    "fields",
    # Without layers over all readouts what these have in common cancels in all scores,
    # and weights of that alone go where rounding leads them.
    [{}, {"query_vector": "solved", "num_head_layers": 1, "d_head": 12}],
)
def test_two_replicas_train_readouts_beside_as_one_device(tmp_path, fields):
    model = ModelConfig("two_tower", readouts="keys", **MODEL, **fields)
    single = train(config(objective=OBJECTIVES[0], model=model))
    output = tmp_path / "run"
    process = start(
        output, OBJECTIVES[:1], model=model, strategy="mirrored", replicas=2
    )
    (other,) = trained([process], [output], OBJECTIVES[0])
    assert_equal_runs(single, other)


def _free_ports(count):
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def test_two_worker_processes_train_as_one_device(single, tmp_path):
    objective = OBJECTIVES[0]  # One cluster per process; replicas try the others.
    addresses = [f"localhost:{port}" for port in _free_ports(2)]
    outputs = [tmp_path / "worker_0", tmp_path / "worker_1"]
    workers = []
    for index, output in enumerate(outputs):
        task = {
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": index},
        }
        environment = {"TF_CONFIG": json.dumps(task)}
        fields = {"strategy": "multi_worker", "replicas": 2}
        workers.append(start(output, [objective], environment, **fields))
    _assert_trained_as(single, workers, outputs, [objective])
