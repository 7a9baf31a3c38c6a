"""The training loop: the same for one device, N GPUs and N hosts."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.data import input_pipeline
from set_contrastive.games.game import GameSpec
from set_contrastive.models import families
from set_contrastive.training import objectives
from set_contrastive.training import optimizers
from set_contrastive.training import schedules


class TrainingDivergedError(UserError):
    """The loss or the gradient is no longer a number."""


class Trainer:
    """A scorer, its optimizer and the step that trains it.

    Each replica scores its share of the batch. The objective sees the scores of the
    global batch, gathered from all replicas, so that in-batch negatives are those of
    the global batch; each replica takes the gradient of its own rows back through its
    model, and the sum over the replicas is the gradient of the global loss.

    Args:
      config: The experiment.
      spec: Specification of the game.
      strategy: Where to run.

    Attributes:
      scorer: The models.
      optimizer: Adam, in a LossScaleOptimizer under mixed_float16.
      step: Number of steps taken, an int64 variable.
    """

    def __init__(
        self, config: ExperimentConfig, spec: GameSpec, strategy: tf.distribute.Strategy
    ):
        self._config = config
        self._strategy = strategy
        self._objective = objectives.get(
            config.objective,
            objectives.Options(config.mask_false_negatives, config.margin),
        )
        self._schedule = schedules.build(config.optimizer, config.steps)
        keras.utils.set_random_seed(config.seed)
        with strategy.scope():
            self.scorer = families.build(spec, config.model, config.precision)
            self.model = self.scorer.all_keys_scorer
            self._trained = self.scorer.trained()
            self.optimizer: Any = optimizers.build(
                config.optimizer, self._schedule, self.model.trainable_variables
            )
            if config.precision == "mixed_float16":
                self.optimizer = keras.optimizers.LossScaleOptimizer(self.optimizer)
            self.optimizer.build(self.model.trainable_variables)
            self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        self._gradient, self._update = self._programs()
        self._one_step = tf.function(self._train_step, autograph=False)
        self._many_steps = tf.function(self._run_steps, autograph=False)

    def _programs(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Returns what computes a step's gradient and what applies it.

        The gradient is a program of its own, which runs that differ in rate, schedule
        or optimizer share. XLA compiles neither collectives nor merge calls, and a
        function of its own may hold none.
        """
        gradient: Callable[..., Any] = self._scaled_gradient
        update: Callable[..., Any] = self._apply
        if self._config.xla and self._strategy.num_replicas_in_sync == 1:
            gradient = tf.function(gradient, jit_compile=True, autograph=False)
            # On a CPU a compiled update is no faster, and takes longer to compile.
            on_gpu = tf.config.list_physical_devices("GPU")
            if on_gpu and self._config.strategy == "none":
                update = tf.function(update, jit_compile=True, autograph=False)
        return gradient, update

    def run(
        self,
        phases: list[input_pipeline.Phase],
        callbacks: keras.callbacks.CallbackList,
    ) -> Iterator[int]:
        """Trains from the current step to the end.

        Args:
          phases: Where the queries come from.
          callbacks: Told of each call's last step with the means over its steps:
            `loss`, `gradient_norm`, `learning_rate`, `loss_scale`,
            `examples_per_second`.

        Yields:
          The number of steps taken, after every call and never later than a multiple of
          `eval_every` or `checkpoint_every`.

        Raises:
          TrainingDivergedError: If a loss or gradient is not finite; names the step.
        """
        for phase in phases:
            step = int(self.step.numpy())
            if step >= phase.end_step:
                continue
            batches = iter(self._distribute(phase, step))
            while step < phase.end_step:
                end = self._end_of_call(step, phase.end_step)
                started = time.monotonic()
                losses, norms = self._many_steps(batches, tf.constant(end - step))
                self._check_finite(step, losses.numpy(), norms.numpy())
                seconds = time.monotonic() - started
                rate = (end - step) * self._config.batch_size / seconds
                step = end
                callbacks.on_train_batch_end(
                    step,
                    {
                        "loss": float(np.mean(losses)),
                        "gradient_norm": float(np.mean(norms)),
                        "learning_rate": float(self._schedule(step - 1)),
                        "loss_scale": float(self._loss_scale()),
                        "examples_per_second": rate,
                        "phase": phase.name,
                    },
                )
                yield step

    def _end_of_call(self, step: int, end: int) -> int:
        config = self._config
        strides = (config.steps_per_call, config.eval_every, config.checkpoint_every)
        return min(end, *(step + stride - step % stride for stride in strides))

    def _distribute(self, phase: input_pipeline.Phase, step: int) -> Any:
        def make(context: tf.distribute.InputContext | None) -> tf.data.Dataset:
            return input_pipeline.batches(
                phase,
                seed=self._config.seed,
                start_step=step,
                batch_size=self._config.batch_size,
                replicas=self._strategy.num_replicas_in_sync,
                context=context,
            )

        if self._strategy.num_replicas_in_sync == 1:
            return make(None)
        return self._strategy.distribute_datasets_from_function(make)

    def _run_steps(self, batches: Any, steps: tf.Tensor) -> tuple[Any, Any]:
        """Takes steps; returns the losses and the gradients' norms, `[steps]` each."""
        local = self._strategy.experimental_local_results

        def take(number: Any, losses: Any, norms: Any) -> tuple[Any, Any, Any]:
            batch = batches.get_next()
            loss, norm = self._strategy.run(self._one_step, args=(batch,))
            self.step.assign_add(1)
            # All replicas have the loss and the gradient of the global batch.
            losses = losses.write(number, local(loss)[0])
            return number + 1, losses, norms.write(number, local(norm)[0])

        # AutoGraph would make the same loop, and take about half a second to.
        none = tf.TensorArray(tf.float32, steps), tf.TensorArray(tf.float32, steps)
        _, losses, norms = tf.while_loop(
            lambda number, *_: number < steps, take, (0, *none)
        )
        return losses.stack(), norms.stack()

    def gradient(self, batch: dict[str, tf.Tensor]) -> list[tf.Tensor]:
        """Returns the gradient of a batch's loss by each weight, on one device."""
        _, scaled = self._scaled_gradient(batch)
        return [part / self._loss_scale() for part in scaled]

    def _scaled_gradient(
        self, batch: dict[str, tf.Tensor]
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Returns the global loss, and what this replica's rows add to its gradient."""
        variables = [v.value for v in self.model.trainable_variables]
        with tf.GradientTape() as tape:
            scores = self._trained({"query": batch["query"]}, training=True)
        loss, score_gradient = self._loss(scores, batch["key_mask"], batch["key"])
        gradients = tape.gradient(
            scores, variables, output_gradients=self._scale(score_gradient)
        )
        # The norm of a sparse gradient would count repeated rows apart.
        return loss, [tf.convert_to_tensor(gradient) for gradient in gradients]

    def _train_step(self, batch: dict[str, tf.Tensor]) -> tuple[Any, Any]:
        loss, gradients = self._gradient(batch)
        if self._strategy.num_replicas_in_sync > 1:
            context = tf.distribute.get_replica_context()
            gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        return loss, self._update(gradients)

    def _apply(self, gradients: list[tf.Tensor]) -> tf.Tensor:
        """Changes the weights by the scaled gradient; returns its norm, unscaled."""
        norm = tf.linalg.global_norm(gradients) / self._loss_scale()
        # Keras sums over the replicas once more.
        factor = 1.0 / self._strategy.num_replicas_in_sync
        if self._config.optimizer.clip_norm:
            factor *= tf.minimum(1.0, self._config.optimizer.clip_norm / norm)
        self.optimizer.apply(
            [gradient * factor for gradient in gradients],
            self.model.trainable_variables,
        )
        return norm

    def _loss(
        self, scores: tf.Tensor, key_mask: tf.Tensor, key: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the global loss and its gradient by this replica's scores."""
        share = tf.shape(scores)[0]  # MultiWorkerMirroredStrategy hides the shape.
        first = 0
        if self._strategy.num_replicas_in_sync > 1:
            context = tf.distribute.get_replica_context()
            first = context.replica_id_in_sync_group * share
            columns = (
                scores,
                tf.cast(key_mask, tf.float32),
                tf.cast(key, tf.float32)[:, None],
            )
            gathered = context.all_gather(tf.concat(columns, axis=1), axis=0)
            scores, key_mask, key = tf.split(gathered, [c.shape[1] for c in columns], 1)
            key_mask, key = key_mask > 0, tf.cast(key[:, 0], tf.int32)
        with tf.GradientTape() as tape:
            tape.watch(scores)
            parts = tf.split(scores, scores.shape[1] // key_mask.shape[1], axis=1)
            loss = sum(self._objective(part, key_mask, key) for part in parts)
        return loss, tape.gradient(loss, scores)[first : first + share]

    def _scale(self, value: Any) -> Any:
        if self._config.precision == "mixed_float16":
            return self.optimizer.scale_loss(value)
        return value

    def _loss_scale(self) -> Any:
        return self._scale(tf.constant(1.0))

    def _check_finite(self, step: int, losses: Any, norms: Any) -> None:
        finite = np.isfinite(losses)
        if self._config.precision != "mixed_float16":  # There, loss scaling skips it.
            finite &= np.isfinite(norms)
        if not finite.all():
            first = int(np.argmin(finite))
            raise TrainingDivergedError(
                f"step {step + first + 1}: the loss is {losses[first]} and the "
                f"gradient norm {norms[first]}; try a smaller learning_rate"
            )
