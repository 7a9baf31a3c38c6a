"""A run under way in its folder: trained, measured, saved, in this order."""

import dataclasses
import math
import pathlib
import time
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from set_contrastive.base.errors import InterruptedRunError
from set_contrastive.base.signals import Signals
from set_contrastive.configs.experiment_config import ExperimentConfig
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
from set_contrastive.training import gradient_noise
from set_contrastive.training import searched_keys
from set_contrastive.training import vector_fit
from set_contrastive.training.trainer import Trainer

# Added to the seed, for queries that are not those of training with another seed.
_APART = 2**31


@dataclasses.dataclass(frozen=True)
class TrainedReader:
    """A run whose model trains the same weights as another's, to its end.

    Attributes:
      scorer: Its models.
      seconds: How long that took.
    """

    scorer: Scorer
    seconds: float


class TrainingRun:
    """A scorer in training, as far as the newest sound checkpoint of its folder.

    What a checkpoint holds has been measured: a validation that is due comes before the
    checkpoint of the same step, so a run that is stopped between the two repeats the
    steps and makes the same row of the curve once more, and never leaves it out.

    The chief alone reads checkpoints, and the other workers take over its state: each
    would else go on from what it finds, and train another model in silence.

    Args:
      config: The experiment.
      folder: The run folder; the chief alone reads and writes there.
      strategy: Where steps run.
      spec: Specification of the game.
      phases: Where the training queries come from.
      validation: What is measured while training.
      reader: What another run has made of the weights that this one would train.

    Raises:
      UserError: If all checkpoints are damaged, in all workers.
    """

    def __init__(
        self,
        config: ExperimentConfig,
        folder: pathlib.Path,
        strategy: tf.distribute.Strategy,
        spec: GameSpec,
        phases: list[input_pipeline.Phase],
        validation: prepared_data.Split,
        reader: TrainedReader | None = None,
    ):
        self._started = time.monotonic()
        self._config, self._folder, self._strategy = config, folder, strategy
        self._spec, self._phases, self._validation = spec, phases, validation
        self._is_chief = distribution.is_chief(strategy)
        self._has_reader = reader is not None
        self._trainer = Trainer(config, spec, strategy)
        self._seconds = tf.Variable(0.0, dtype=tf.float64, trainable=False)
        self._checkpoints = checkpoints.Checkpoints(
            folder / "checkpoints",
            model=self._trainer.model,
            optimizer=self._trainer.optimizer,
            step=self._trainer.step,
            train_seconds=self._seconds,
        )
        with distribution.together(strategy):
            if self._is_chief and not self._checkpoints.restore():
                self._find_vectors()
                if reader is not None:
                    self._take(reader)
        distribution.copy_from_chief(strategy, self._state())
        self._started -= float(self._seconds.numpy())
        self._score = scoring.build(self._trainer.model)
        self._gradient = tf.function(self._trainer.gradient, jit_compile=config.xla)

    def train(self) -> dict[str, Any]:
        """Trains to the last step, measuring and saving on the way.

        Returns:
          The measures on the validation split at the end.

        Raises:
          TrainingDivergedError: If the loss is no longer finite.
          InterruptedRunError: If SIGINT or SIGTERM came; the state is saved.
        """
        measures: dict[str, Any] = {}
        callbacks = keras.callbacks.CallbackList(
            self._watchers() if self._is_chief else [], model=self._trainer.model
        )
        callbacks.on_train_begin()
        try:
            with Signals() as signals:
                for step in self._steps(callbacks):
                    if self._is_due(step, self._config.eval_every):
                        callbacks.on_test_begin()
                        measures = self._measure() | self._measure_noise()
                        callbacks.on_test_end(measures)
                    stopped = distribution.any_worker(self._strategy, signals.received)
                    if stopped or self._is_due(step, self._config.checkpoint_every):
                        self._save(step)
                    if stopped:
                        raise InterruptedRunError(
                            f"stopped at step {step} of {self._config.steps}, which is "
                            f"saved in {self._folder}; the same command goes on from "
                            "there"
                        )
        finally:
            callbacks.on_train_end()  # An error's line then stands below the bar.
        self._write_projector()
        return measures or self._measure()

    def _find_vectors(self) -> None:
        """Finds the keys, and what says vectors of queries, that are not learned."""
        if self._config.model.query_vector == "fitted":
            self._fit_vectors()
        elif searched_keys.needed(self._trainer.scorer):
            self._search_keys()

    def _fit_vectors(self) -> None:
        source = self._phases[-1].source
        bar = monitoring.FitBar(f"{self._title()}: vectors", vector_fit.STEPS)
        fitted = vector_fit.fit(self._config, self._spec.num_keys, source, bar)
        vector_fit.place(self._trainer.scorer, fitted)

    def _search_keys(self) -> None:
        scorer, config = self._trainer.scorer, self._config
        size = None if self._spec.exhaustive else searched_keys.NUM_QUERIES
        train = prepared_data.read_split(
            config.data_dir, self._spec.name, "train", size
        )
        dim = config.model.vector_dim
        how = searched_keys.settings(self._spec.num_keys, dim, config.seed)
        with monitoring.search_bar(self._title(), how) as on_stage:
            keys = searched_keys.find(train.key_mask, dim, how, on_stage)
        searched_keys.place(scorer, keys)

    def _take(self, reader: TrainedReader) -> None:
        """Takes over what training would make of the weights."""
        mine = self._trainer.model.trainable_variables
        theirs = reader.scorer.all_keys_scorer.trainable_variables
        for variable, trained in zip(mine, theirs, strict=True):
            variable.assign(trained)
        self._trainer.step.assign(self._config.steps)
        self._seconds.assign(reader.seconds)

    def _steps(self, callbacks: keras.callbacks.CallbackList) -> Iterator[int]:
        """Yields the steps taken; at once all, if a trained reader was taken."""
        if self._has_reader and int(self._trainer.step.numpy()) == self._config.steps:
            yield self._config.steps
        yield from self._trainer.run(self._phases, callbacks)

    def _title(self) -> str:
        family = families.get(self._config.model.family)
        return f"{self._config.game} {family.title_of(self._config.model)}"

    def _state(self) -> list[tf.Variable]:
        """Returns all that a checkpoint holds."""
        kept = [*self._trainer.model.variables, *self._trainer.optimizer.variables]
        return [
            *(variable.value for variable in kept),
            self._trainer.step,
            self._seconds,
        ]

    def _is_due(self, step: int, every: int) -> bool:
        return step % every == 0 or step == self._config.steps

    def _measure(self) -> dict[str, Any]:
        scores = self._score(self._validation.queries)
        return metrics.summarize(scores, self._validation.key_mask)

    def _measure_noise(self) -> dict[str, float]:
        """Returns the gradient noise scale on queries that no step is trained on."""
        config = self._config
        if not config.noise_batches:
            return {}
        apart = dataclasses.replace(
            self._phases[-1], first_step=0, end_step=config.noise_batches
        )
        batches = input_pipeline.batches(
            apart,
            seed=config.seed + _APART,
            start_step=0,
            batch_size=config.batch_size,
        )
        found = gradient_noise.measure(self._gradient, batches, config.batch_size)
        return {} if math.isnan(found) else {"noise_scale": found}

    def _save(self, step: int) -> None:
        if self._is_chief:
            self._seconds.assign(time.monotonic() - self._started)
            self._checkpoints.save(step)

    def _watchers(self) -> list[keras.callbacks.Callback]:
        config, first_step = self._config, int(self._trainer.step.numpy())
        return [
            monitoring.ProgressBar(self._title(), first_step, config.steps),
            monitoring.TensorBoardLog(self._folder / "tensorboard", config, first_step),
            monitoring.CurveLog(self._folder / run_folder.CURVE, first_step),
        ]

    def _write_projector(self) -> None:
        """Writes the key vectors for TensorBoard, of families that have them."""
        scorer = self._trainer.scorer
        if self._is_chief and scorer.key_encoder is not None:
            found = scorer.key_encoder({"key": tf.range(self._spec.num_keys)})
            vectors = found if scorer.several_vectors else found[0][:, None]
            monitoring.write_projector(
                self._folder / "tensorboard", self._spec, vectors.numpy()
            )
