"""One experiment in its run folder (run_folder.py): train it, load it, evaluate it."""

import dataclasses
import pathlib
import time
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from set_contrastive.base.errors import InterruptedRunError
from set_contrastive.base.errors import UserError
from set_contrastive.base.signals import Signals
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.data import agreement
from set_contrastive.data import input_pipeline
from set_contrastive.data import prepared_data
from set_contrastive.games.game import GameSpec
from set_contrastive.models import families
from set_contrastive.models.scorer import Scorer
from set_contrastive.runs import metrics
from set_contrastive.runs import monitoring
from set_contrastive.runs import run_folder
from set_contrastive.runs import scoring
from set_contrastive.training import checkpoints
from set_contrastive.training import distribution
from set_contrastive.training.trainer import Trainer


@dataclasses.dataclass(frozen=True)
class LoadedRun:
    """A trained scorer, rebuilt in float32 whatever precision it was trained in.

    Attributes:
      config: The experiment.
      spec: Specification of the game.
      scorer: The models with the weights of the newest sound checkpoint.
      step: The step of that checkpoint.
      train_seconds: Wall time of the steps up to it, compiling and validation included.
    """

    config: ExperimentConfig
    spec: GameSpec
    scorer: Scorer
    step: int
    train_seconds: float


def train_and_evaluate(config: ExperimentConfig, workdir: str) -> dict[str, Any]:
    """Trains a scorer, or goes on where a run in `workdir` was stopped.

    Args:
      config: The experiment.
      workdir: The run folder.

    Returns:
      The measures on the validation split at the end.

    Raises:
      UserError: If the data set is not built, `workdir` holds another experiment, all
        checkpoints are damaged or the loss is no longer finite.
      InterruptedRunError: If SIGINT or SIGTERM came; the state is saved.
    """
    started = time.monotonic()
    folder = pathlib.Path(workdir)
    strategy = distribution.build(config.strategy, config.replicas)
    tf.config.experimental.enable_op_determinism()
    spec, phases = _data(config)
    validation = prepared_data.read_split(config.data_dir, spec.name, "validation")
    chief = distribution.is_chief(strategy)
    if chief:
        _claim(folder, config, spec)
    trainer = Trainer(config, spec, strategy)
    seconds = tf.Variable(0.0, dtype=tf.float64, trainable=False)
    saved = checkpoints.Checkpoints(
        folder / "checkpoints",
        model=trainer.model,
        optimizer=trainer.optimizer,
        step=trainer.step,
        train_seconds=seconds,
    )
    saved.restore()
    started -= float(seconds.numpy())
    watchers = _watchers(config, folder, int(trainer.step.numpy())) if chief else []
    callbacks = keras.callbacks.CallbackList(watchers, model=trainer.model)
    measures: dict[str, Any] = {}
    callbacks.on_train_begin()
    try:
        with Signals() as signals:
            for step in trainer.run(phases, callbacks):
                stopped = distribution.any_worker(strategy, signals.received)
                if stopped or _is_due(step, config.checkpoint_every, config.steps):
                    if chief:
                        seconds.assign(time.monotonic() - started)
                        saved.save(step)
                if stopped:
                    raise InterruptedRunError(
                        f"stopped at step {step} of {config.steps}, which is saved in "
                        f"{workdir}; the same command goes on from there"
                    )
                if _is_due(step, config.eval_every, config.steps):
                    callbacks.on_test_begin()
                    measures = _measure(trainer.scorer, validation)
                    callbacks.on_test_end(measures)
    finally:
        callbacks.on_train_end()  # An error's line then stands below the bar.
    if chief and trainer.scorer.key_encoder is not None:
        keys = tf.range(spec.num_keys)
        vectors, _ = trainer.scorer.key_encoder({"key": keys})
        monitoring.write_projector(folder / "tensorboard", spec, vectors.numpy())
    return measures or _measure(trainer.scorer, validation)


def _is_due(step: int, every: int, last: int) -> bool:
    return step % every == 0 or step == last


def _data(config: ExperimentConfig) -> tuple[GameSpec, list[input_pipeline.Phase]]:
    """Returns the game's specification and where the training queries come from."""
    spec, game = agreement.game_of(config.data_dir, config.game)
    source: input_pipeline.Source
    if config.stream:
        source = input_pipeline.FreshQueries(game)
    else:
        train = prepared_data.read_split(config.data_dir, spec.name, "train")
        source = input_pipeline.PreparedQueries(train)
    return spec, input_pipeline.phases(config.curriculum, config.steps, game, source)


def _claim(folder: pathlib.Path, config: ExperimentConfig, spec: GameSpec) -> None:
    """Makes the run folder, or checks that it belongs to the same experiment."""
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    (folder / "tensorboard").mkdir(exist_ok=True)
    path = folder / run_folder.CONFIG
    if path.exists():
        theirs = ExperimentConfig.load(path)
        if differing := config.differing_fields(theirs):
            raise UserError(
                f"workdir {folder} holds another experiment (asked != there): "
                f"{'; '.join(differing)}"
            )
    else:
        if checkpoints.find(folder / "checkpoints"):
            raise UserError(f"workdir {folder} has checkpoints but no config.json")
        run_folder.write_json(folder / run_folder.GAME, spec.to_dict())
        run_folder.write_json(path, config.to_dict())


def _watchers(
    config: ExperimentConfig, folder: pathlib.Path, step: int
) -> list[keras.callbacks.Callback]:
    family = families.get(config.model.family)
    title = f"{config.game} {family.title_of(config.model)}"
    return [
        monitoring.ProgressBar(title, step, config.steps),
        monitoring.TensorBoardLog(folder / "tensorboard", config),
        monitoring.CurveLog(folder / run_folder.CURVE),
    ]


def _measure(scorer: Scorer, split: prepared_data.Split) -> dict[str, Any]:
    scores = scoring.score_queries(scorer.all_keys_scorer, split.queries)
    return metrics.summarize(scores, split.key_mask)


def load(workdir: str) -> LoadedRun:
    """Loads the trained scorer of a run folder, in float32.

    Raises:
      UserError: If there is no run, or none of its checkpoints can be read.
    """
    folder = pathlib.Path(workdir)
    config = ExperimentConfig.load(folder / run_folder.CONFIG)
    spec = run_folder.read_spec(folder)
    scorer = families.build(spec, config.model, "float32")
    step = tf.Variable(0, dtype=tf.int64)
    seconds = tf.Variable(0.0, dtype=tf.float64)
    saved = checkpoints.Checkpoints(
        folder / "checkpoints",
        model=scorer.all_keys_scorer,
        step=step,
        train_seconds=seconds,
    )
    if not saved.restore():
        raise UserError(f"no run found: {folder / 'checkpoints'} has no checkpoint")
    return LoadedRun(config, spec, scorer, int(step.numpy()), float(seconds.numpy()))


def evaluate(
    workdir: str, split: str, data_dir: str | None = None, game: str | None = None
) -> dict[str, Any]:
    """Measures a trained scorer.

    Writes `queries_<split>.npy`, `scores_<split>.npy` and, last, `metrics.json`.

    Args:
      workdir: The run folder.
      split: `train`, `validation` or `test`.
      data_dir: Where the prepared data sets are, if they have moved since training.
      game: The game as the user names it, whose rules the data must then follow. Those
        of the project's own games must in any case; others are not imported because a
        file names them.

    Returns:
      What `metrics.json` holds: the measures of `metrics.summarize`, `num_params`,
      `split`, `step` and `train_seconds`.

    Raises:
      UserError: If there is no trained scorer or no such data, or the data are of
        another game.
    """
    run = load(workdir)
    data_dir = data_dir or run.config.data_dir
    agreement.check_run(data_dir, run.spec, game)
    data = prepared_data.read_split(data_dir, run.spec.name, split)
    scores = scoring.score_queries(run.scorer.all_keys_scorer, data.queries)
    measures = {
        **metrics.summarize(scores, data.key_mask),
        "num_params": run.scorer.all_keys_scorer.count_params(),
        "split": split,
        "step": run.step,
        "train_seconds": round(run.train_seconds, 1),
    }
    folder = pathlib.Path(workdir)
    np.save(folder / run_folder.queries_file(split), data.queries)
    np.save(folder / run_folder.scores_file(split), scores)
    run_folder.write_json(folder / run_folder.METRICS, measures)
    return measures
