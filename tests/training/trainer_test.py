"""Tests of the training loop: what it logs, precision, divergence."""

import keras
import numpy as np
import pytest

from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.data import input_pipeline
from set_contrastive.games import registry
from set_contrastive.training import distribution
from set_contrastive.training.trainer import Trainer
from set_contrastive.training.trainer import TrainingDivergedError
from tests.training.short_trainings import OBJECTIVES
from tests.training.short_trainings import assert_equal_runs
from tests.training.short_trainings import config
from tests.training.short_trainings import start
from tests.training.short_trainings import train
from tests.training.short_trainings import trained


def test_the_loss_falls(single):
    for logs, *_ in single:
        assert logs[-1]["loss"] < logs[0]["loss"] - 0.05


@pytest.mark.parametrize("objective", ["infonce", "sigmoid"])
def test_xla_changes_nothing_but_rounding(objective):
    # It rounds otherwise at every step, and Adam makes whole steps of what is rounding
    # alone: few and small ones, or runs part (on one processor by step 10).
    slow = OptimizerConfig(warmup_steps=5, learning_rate=1e-3, clip_norm=0.5)
    few = {"objective": objective, "steps": 5, "optimizer": slow}
    assert_equal_runs(train(config(**few)), train(config(**few, xla=True)))


@pytest.mark.parametrize(
    "fields", [{"strategy": "none"}, {"strategy": "mirrored", "replicas": 2}]
)
def test_mixed_float16_scales_the_loss_and_learns(single, tmp_path, fields):
    output = tmp_path / "run"
    objective = OBJECTIVES[0]
    process = start(output, [objective], precision="mixed_float16", **fields)
    ((logs, weights),) = trained([process], [output], objective)
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
