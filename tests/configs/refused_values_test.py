"""Configurations: which values they refuse, by what name."""

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig


def experiment(**fields):
    return ExperimentConfig(
        **{"game": "set_27", "model": ModelConfig("two_tower"), **fields}
    )


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"similarity": "euclid"}, "similarity .* dot, cosine, got 'euclid'"),
        ({"vector_dim": 0}, "vector_dim .* at least 1, got 0"),
        ({"d_model": 0}, "d_model .* at least 1, got 0"),
        ({"d_ff": -4}, "d_ff .* at least 1, got -4"),
        ({"num_heads": 0}, "num_heads .* at least 1, got 0"),
        ({"num_layers": 0}, "num_layers .* at least 1, got 0"),
        ({"num_readouts": 0}, "num_readouts .* at least 1, got 0"),
        ({"num_readout_layers": 0}, "num_readout_layers .* num_layers=2, got 0"),
        ({"num_readout_layers": 3}, "num_readout_layers .* num_layers=2, got 3"),
        ({"d_model": 10, "num_heads": 4}, "d_model .* num_heads=4, got 10"),
        ({"temperature": 0.0}, "temperature .* above 0, got 0.0"),
        ({"temperature": -1.0}, "temperature .* above 0, got -1.0"),
        ({"temperature": float("nan")}, "temperature must be finite, got nan"),
    ],
)
def test_wrong_models_are_refused(fields, named):
    with pytest.raises(UserError, match=named):
        ModelConfig(**{"family": "two_tower", **fields})


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"adam_lr_ratio": 0.0}, "adam_lr_ratio .* above 0, got 0.0"),
        ({"learning_rate": 0.0}, "learning_rate .* above 0, got 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be finite, got nan"),
        ({"warmup_steps": -1}, "warmup_steps .* at least 0, got -1"),
        ({"clip_norm": -0.5}, "clip_norm .* at least 0, got -0.5"),
        ({"clip_norm": float("nan")}, "clip_norm must be finite, got nan"),
    ],
)
def test_wrong_optimizers_are_refused(fields, named):
    with pytest.raises(UserError, match=named):
        OptimizerConfig(**fields)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"precision": "float64"}, "precision .* float32, .* got 'float64'"),
        ({"strategy": "tpu"}, "strategy .* none, .* got 'tpu'"),
        ({"batch_size": 0}, "batch_size .* at least 1, got 0"),
        ({"steps": 0}, "steps .* at least 1, got 0"),
        ({"replicas": 0, "strategy": "mirrored"}, "replicas .* at least 1, got 0"),
        ({"eval_every": 0}, "eval_every .* at least 1, got 0"),
        ({"checkpoint_every": 0}, "checkpoint_every .* at least 1, got 0"),
        ({"steps_per_call": 0}, "steps_per_call .* at least 1, got 0"),
        ({"seed": -1}, "seed .* at least 0, got -1"),
        ({"seed": 2**32}, r"seed must be less than 2\^32, got 4294967296"),
        (
            {"batch_size": 10, "replicas": 4, "strategy": "mirrored"},
            "batch_size .* replicas=4, got 10",
        ),
        ({"replicas": 2}, "replicas must be 1 with strategy=none, got 2"),
        ({"curriculum": ((1, 400),)}, r"curriculum .*pairs:rest.* got \(\(1, 400\),\)"),
        (
            {"curriculum": ((1, None), (8, None))},
            r"curriculum .*pairs:rest.* got \(\(1, None",
        ),
        (
            {"curriculum": ((1, 0), (8, None))},
            r"curriculum .* one step, got \(\(1, 0\)",
        ),
        (
            {"curriculum": ((1, -3), (8, None))},
            r"curriculum .* one step, got \(\(1, -3\)",
        ),
        ({"curriculum": ((0, 5), (8, None))}, r"curriculum .* 1 pair, got \(\(0, 5\)"),
        (
            {"curriculum": ((1, 60), (2, 40), (8, None)), "steps": 100},
            "steps must exceed the curriculum's 100 earlier steps, got 100",
        ),
    ],
)
def test_wrong_experiments_are_refused(fields, named):
    with pytest.raises(UserError, match=named):
        experiment(**fields)


def test_a_curriculum_may_leave_one_step_for_the_rest():
    config = experiment(curriculum=((1, 60), (2, 40), (8, None)), steps=101)
    assert config.curriculum[-1] == (8, None)
