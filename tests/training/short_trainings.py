"""Short trainings, here or in processes of their own, that tests compare."""

import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np

from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.data import input_pipeline
from set_contrastive.games import registry
from set_contrastive.training import distribution
from set_contrastive.training.trainer import Trainer

# Few: once the input of a ReLU is within rounding of zero, equal runs part for good.
STEPS = 15
MODEL = {"d_model": 16, "d_ff": 24, "num_heads": 2, "num_layers": 2, "vector_dim": 8}
OBJECTIVES = ("infonce", "cross_entropy_support", "sigmoid")


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


def assert_equal_runs(one, other):
    (logs, weights, *_), (other_logs, other_weights, *_) = one, other
    for name in ("loss", "gradient_norm"):
        np.testing.assert_allclose(
            [log[name] for log in logs], [log[name] for log in other_logs], rtol=1e-4
        )
    for a, b in zip(weights, other_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * np.abs(a).max())


_PROCESS = """
import json, sys
import numpy as np
import tests.conftest  # Makes the devices, before TensorFlow starts.
from set_contrastive.configs.model_config import ModelConfig
from tests.training import short_trainings
for objective in {objectives!r}:
    config = short_trainings.config(objective=objective, **{fields!r})
    logs, weights, _ = short_trainings.train(config)
    np.savez({output!r} + objective, *weights, logs=json.dumps(logs))
"""


def start(output, objectives=OBJECTIVES, environment=None, **fields):
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


def trained(processes, outputs, objective):
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
