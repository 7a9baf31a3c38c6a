"""One experiment in its run folder (run_folder.py): train it, load it, evaluate it."""

import contextlib
import dataclasses
import pathlib
from typing import Any

import tensorflow as tf

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.data import agreement
from set_contrastive.data import input_pipeline
from set_contrastive.data import prepared_data
from set_contrastive.games.game import GameSpec
from set_contrastive.models import families
from set_contrastive.models.scorer import Scorer
from set_contrastive.runs import metrics
from set_contrastive.runs import run_folder
from set_contrastive.runs import run_lock
from set_contrastive.runs import scoring
from set_contrastive.runs.training_run import TrainedReader
from set_contrastive.runs.training_run import TrainingRun
from set_contrastive.training import checkpoints
from set_contrastive.training import distribution


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


def train_and_evaluate(
    config: ExperimentConfig, workdir: str, reader_of: pathlib.Path | None = None
) -> dict[str, Any]:
    """Trains a scorer, or goes on where a run in `workdir` was stopped.

    Args:
      config: The experiment.
      workdir: The run folder.
      reader_of: A finished run that has trained the weights that this one would: they
        are taken over, and a run that has not begun is at its end at once.

    Returns:
      The measures on the validation split at the end.

    Raises:
      UserError: If the data set is not built, another process holds `workdir`, it
        holds another experiment, all checkpoints are damaged, the loss is no longer
        finite, or another worker of a cluster stops for such a reason.
      InterruptedRunError: If SIGINT or SIGTERM came; the state is saved.
    """
    folder = pathlib.Path(workdir)
    strategy = distribution.build(config.strategy, config.replicas)
    tf.config.experimental.enable_op_determinism()
    with contextlib.ExitStack() as stack:
        with distribution.together(strategy):
            spec, phases = _data(config)
            validation = prepared_data.read_split(
                config.data_dir, spec.name, "validation"
            )
            if distribution.is_chief(strategy):
                stack.enter_context(run_lock.hold(folder))
                _claim(folder, config, spec)
        reader = None
        if reader_of is not None:
            there = load(str(reader_of))
            reader = TrainedReader(there.scorer, there.train_seconds)
        run = TrainingRun(config, folder, strategy, spec, phases, validation, reader)
        return run.train()


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
        if fields := agreement.differing_fields(run_folder.read_spec(folder), spec):
            raise UserError(
                f"workdir {folder} holds a run of the game {spec.source!r} as it was "
                f"before its data set was built again; they differ in {fields}"
            )
    else:
        if checkpoints.find(folder / "checkpoints"):
            raise UserError(f"workdir {folder} has checkpoints but no config.json")
        whole_files.write_json(folder / run_folder.GAME, spec.to_dict())
        whole_files.write_json(path, config.to_dict())


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
      UserError: If there is no trained scorer or no such data, the data are of another
        game, or another process holds the run folder.
    """
    folder = pathlib.Path(workdir)
    ExperimentConfig.load(folder / run_folder.CONFIG)  # No lock where no run is.
    with run_lock.hold(folder):
        run = load(workdir)
        data_dir = data_dir or run.config.data_dir
        agreement.check_run(data_dir, run.spec, game)
        data = prepared_data.read_split(data_dir, run.spec.name, split)
        scores = scoring.build(run.scorer.all_keys_scorer)(data.queries)
        measures = {
            **metrics.summarize(scores, data.key_mask),
            "num_params": run.scorer.all_keys_scorer.count_params(),
            "split": split,
            "step": run.step,
            "train_seconds": round(run.train_seconds, 1),
        }
        # Measures that are there are those of the arrays that are there.
        (folder / run_folder.METRICS).unlink(missing_ok=True)
        whole_files.write_array(folder / run_folder.queries_file(split), data.queries)
        whole_files.write_array(folder / run_folder.scores_file(split), scores)
        whole_files.write_json(folder / run_folder.METRICS, measures)
    return measures
