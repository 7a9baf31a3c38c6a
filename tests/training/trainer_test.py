"""Tests of the training loop: replicas, workers, precision, divergence."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.data import input_pipeline
from set_contrastive.games import registry
from set_contrastive.training import distribution
from set_contrastive.training.trainer import Trainer
from set_contrastive.training.trainer import TrainingDivergedError

# Few: once the input of a ReLU is within rounding of zero, equal runs part for good.
STEPS = 15
MODEL = {"d_model": 16, "d_ff": 24, "num_heads": 2, "num_layers": 2, "vector_dim": 8}


def config(**fields):
    defaults = {
        "game": "union_27",
        "model": ModelConfig("two_tower", **MODEL),
        "optimizer": OptimizerConfig(warmup_steps=5, learning_rate=1e-2, clip_norm=0.5),
        "batch_size": 32,
        "steps": STEPS,
        "steps_per_call": 5,
        "stream": True,
        "xla": False,  # Compiling takes longer than these runs.
    }
    return ExperimentConfig(**{**defaults, **fields})


class _Losses(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.logs = []

    def on_train_batch_end(self, batch, logs=None):
        self.logs.append(logs)


def train(experiment):
    """Trains and returns what was logged, and the final weights."""
    game = registry.get(experiment.game)
    strategy = distribution.build(experiment.strategy, experiment.replicas)
    trainer = Trainer(experiment, game.spec, strategy)
    phases = input_pipeline.phases(
        experiment.curriculum, experiment.steps, game, input_pipeline.FreshQueries(game)
    )
    losses = _Losses()
    reached = list(trainer.run(phases, keras.callbacks.CallbackList([losses])))
    assert reached[-1] == trainer.step.numpy() == experiment.steps
    return losses.logs, trainer.model.get_weights(), trainer


def _assert_equal_runs(one, other):
    (logs, weights, *_), (other_logs, other_weights, *_) = one, other
    for name in ("loss", "gradient_norm"):
        np.testing.assert_allclose(
            [log[name] for log in logs], [log[name] for log in other_logs], rtol=1e-4
        )
    for a, b in zip(weights, other_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * np.abs(a).max())


OBJECTIVES = ("infonce", "cross_entropy_support", "sigmoid")


@pytest.fixture(scope="module")
def single():
    """Runs without strategy, one per objective: what the others must agree with."""
    return [train(config(objective=objective)) for objective in OBJECTIVES]


def test_the_loss_falls(single):
    for logs, *_ in single:
        assert logs[-1]["loss"] < logs[0]["loss"] - 0.05


_PROCESS = """
import json, sys
import numpy as np
import tests.conftest  # Makes the devices, before TensorFlow starts.
from set_contrastive.configs.model_config import ModelConfig
from tests.training import trainer_test
for objective in {objectives!r}:
    config = trainer_test.config(objective=objective, **{fields!r})
    logs, weights, _ = trainer_test.train(config)
    np.savez({output!r} + objective, *weights, logs=json.dumps(logs))
"""


def _start(output, objectives=OBJECTIVES, environment=None, **fields):
    """Starts runs in a process of their own.

    TensorFlow keeps the shapes of a process's collectives, and those of another test's
    strategy would be taken for this one's.
    """
    code = _PROCESS.format(objectives=objectives, fields=fields, output=str(output))
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=pathlib.Path(__file__).resolve().parents[2],
        env={**os.environ, **(environment or {})},
    )


def _trained(processes, outputs, objective):
    """Waits for processes; returns what each logged, and its final weights."""
    try:
        codes = [process.wait(timeout=240) for process in processes]
        assert codes == [0] * len(outputs)
    finally:
        for process in processes:
            process.kill()
    runs = []
    for output in outputs:
        with np.load(f"{output}{objective}.npz") as arrays:
            weights = [arrays[f"arr_{i}"] for i in range(len(arrays.files) - 1)]
            runs.append((json.loads(str(arrays["logs"])), weights))
    return runs


def _assert_trained_as(single, processes, outputs, objectives=OBJECTIVES):
    for objective in objectives:
        run = single[OBJECTIVES.index(objective)]
        for other in _trained(processes, outputs, objective):
            _assert_equal_runs(run, other)


@pytest.mark.parametrize(
    ("replicas", "objectives"), [(2, OBJECTIVES), (4, OBJECTIVES[:1])]
)
def test_mirrored_replicas_train_as_one_device(single, tmp_path, replicas, objectives):
    output = tmp_path / "run"
    process = _start(output, objectives, strategy="mirrored", replicas=replicas)
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
    process = _start(
        output, OBJECTIVES[:1], model=model, strategy="mirrored", replicas=2
    )
    (other,) = _trained([process], [output], OBJECTIVES[0])
    _assert_equal_runs(single, other)


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
        workers.append(_start(output, [objective], environment, **fields))
    _assert_trained_as(single, workers, outputs, [objective])


@pytest.mark.parametrize("objective", ["infonce", "sigmoid"])
def test_xla_changes_nothing_but_rounding(objective):
    # It rounds otherwise at every step, and Adam makes whole steps of what is rounding
    # alone: few and small ones, or runs part (on one processor by step 10).
    slow = OptimizerConfig(warmup_steps=5, learning_rate=1e-3, clip_norm=0.5)
    few = {"objective": objective, "steps": 5, "optimizer": slow}
    _assert_equal_runs(train(config(**few)), train(config(**few, xla=True)))


@pytest.mark.parametrize(
    "fields", [{"strategy": "none"}, {"strategy": "mirrored", "replicas": 2}]
)
def test_mixed_float16_scales_the_loss_and_learns(single, tmp_path, fields):
    output = tmp_path / "run"
    objective = OBJECTIVES[0]
    process = _start(output, [objective], precision="mixed_float16", **fields)
    ((logs, weights),) = _trained([process], [output], objective)
    assert logs[0]["loss_scale"] > 1
    assert logs[-1]["loss"] < logs[0]["loss"] - 0.05
    exact, *_ = single[0]
    # The reported norm is that of the unscaled gradient.
    assert logs[0]["gradient_norm"] == pytest.approx(
        exact[0]["gradient_norm"], rel=0.05
    )
    assert all(np.isfinite(w).all() for w in weights)


def test_mixed_float16_skips_a_step_that_overflows_and_lowers_the_scale():
    experiment = config(precision="mixed_float16", steps=5, steps_per_call=1)
    game = registry.get(experiment.game)
    trainer = Trainer(experiment, game.spec, distribution.build("none", 1))
    trainer.optimizer.dynamic_scale.assign(2.0**60)
    before = trainer.model.get_weights()
    phases = input_pipeline.phases((), 5, game, input_pipeline.FreshQueries(game))
    run = trainer.run(phases, keras.callbacks.CallbackList([]))
    next(run)
    assert trainer.optimizer.dynamic_scale.numpy() == 2.0**59
    for a, b in zip(before, trainer.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_curriculum_runs_each_phase_for_its_steps():
    logs, *_ = train(config(curriculum=((1, 3), (2, 8), (8, None)), steps=20))
    assert [log["phase"] for log in logs] == [
        "1 pair",
        "2 pairs",
        "2 pairs",
        "2 pairs",
        "8 pairs",
        "8 pairs",
    ]


def test_divergence_stops_the_run_and_names_the_step():
    experiment = config(optimizer=OptimizerConfig(learning_rate=1e30, warmup_steps=0))
    with pytest.raises(TrainingDivergedError, match=r"step [2-5]: the loss is"):
        train(experiment)


def test_the_gradient_is_clipped_to_its_global_norm():
    # One step of Adam does not see the norm, so the optimizer's first moment tells.
    experiment = config(
        steps=1, optimizer=OptimizerConfig(clip_norm=1e-3, warmup_steps=1)
    )
    logs, _, trainer = train(experiment)
    assert logs[0]["gradient_norm"] > 0.1
    moments = [v.numpy() for v in trainer.optimizer.variables if "momentum" in v.path]
    norm = np.sqrt(sum((m**2).sum() for m in moments))
    assert norm == pytest.approx(0.1 * 1e-3, rel=1e-4)  # (1 - beta_1) times the norm.


def test_too_many_replicas_are_refused():
    available = len(tf.config.list_logical_devices("CPU"))
    with pytest.raises(ValueError, match=f"at most {available}"):
        distribution.build("mirrored", available + 1)


def test_multi_worker_needs_tf_config(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ValueError, match="TF_CONFIG"):
        distribution.build("multi_worker", 2)
