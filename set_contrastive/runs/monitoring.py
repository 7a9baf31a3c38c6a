"""What a user sees of a run: the progress bar and TensorBoard."""

import contextlib
import dataclasses
import json
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorboard.plugins import projector
from tensorboard.plugins.hparams import api as hparams
from tqdm import tqdm

from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.free_vectors import search
from set_contrastive.games.game import GameSpec
from set_contrastive.runs import run_folder

_SCALARS = (
    "loss",
    "learning_rate",
    "gradient_norm",
    "loss_scale",
    "examples_per_second",
)
_MEASURES = ("kl_nats", "top_k_overlap", "entropy_bits")


class ProgressBar(keras.callbacks.Callback):
    """A bar over all steps with the time left, the loss and the validation KL.

    Args:
      title: What stands before the bar.
      first_step: Steps that were taken before.
      total_steps: Number of steps in all.
    """

    def __init__(self, title: str, first_step: int, total_steps: int):
        super().__init__()
        if first_step:
            tqdm.write(f"going on from step {first_step} of {total_steps}")
        self._bar = tqdm(
            desc=title,
            total=total_steps,
            initial=first_step,
            unit="step",
            smoothing=0.1,
        )
        self._shown: dict[str, str] = {"state": "compiling"}
        self._bar.set_postfix(self._shown)

    def on_train_batch_end(
        self, batch: int, logs: Mapping[str, Any] | None = None
    ) -> None:
        """Moves the bar."""
        logs = logs or {}
        self._shown.pop("state", None)
        if logs["phase"]:
            self._shown["queries"] = logs["phase"]
        self._shown["loss"] = f"{logs['loss']:.4f}"
        self._bar.set_postfix(self._shown, refresh=False)
        self._bar.update(batch - self._bar.n)

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Shows the validation KL."""
        self._shown["KL"] = f"{(logs or {})['kl_nats']:.4f}"

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Closes the bar."""
        self._bar.set_postfix(self._shown)
        self._bar.close()


@contextlib.contextmanager
def search_bar(
    title: str, settings: search.Settings
) -> Iterator[Callable[[search.Stage], None]]:
    """Yields what moves a bar over the stages of a search for keys.

    Args:
      title: What stands before the bar.
      settings: How keys are searched.
    """
    stages = settings.restarts * len(settings.ridges)
    with tqdm(desc=f"{title}: keys", total=stages, unit="stage") as bar:

        def show(stage: search.Stage) -> None:
            bar.set_postfix(KL=f"{stage.kl_nats:.4f}", refresh=False)
            bar.update()

        yield show


class FitBar(keras.callbacks.Callback):
    """A bar over the steps of Keras's own `fit`, with the loss.

    Args:
      title: What stands before the bar.
      total_steps: Number of steps in all.
    """

    def __init__(self, title: str, total_steps: int):
        super().__init__()
        self._bar = tqdm(desc=title, total=total_steps, unit="step")

    def on_train_batch_end(
        self, batch: int, logs: Mapping[str, Any] | None = None
    ) -> None:
        """Moves the bar."""
        self._bar.set_postfix(loss=f"{(logs or {})['loss']:.4f}", refresh=False)
        self._bar.update(batch + 1 - self._bar.n)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Closes the bar."""
        self._bar.close()


class CurveLog(keras.callbacks.Callback):
    """Notes each validation in a file that is read without TensorFlow.

    Args:
      path: The file.
      first_step: Steps that were taken before.
    """

    def __init__(self, path: pathlib.Path, first_step: int):
        super().__init__()
        self._path = path
        self._step = first_step
        self._loss: dict[str, float] = {}  # None before a step is taken.

    def on_train_batch_end(
        self, batch: int, logs: Mapping[str, Any] | None = None
    ) -> None:
        """Notes the step and its loss."""
        self._step, self._loss = batch, {"loss": (logs or {})["loss"]}

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Writes a line."""
        row = {"step": self._step, **self._loss, **_measures(logs or {})}
        run_folder.append_to_curve(self._path, row)


class TensorBoardLog(keras.callbacks.Callback):
    """Writes scalars, HParams, the configuration as text and the key embeddings.

    Args:
      directory: Where event files go.
      config: The experiment.
      first_step: Steps that were taken before.
    """

    def __init__(
        self, directory: pathlib.Path, config: ExperimentConfig, first_step: int
    ):
        super().__init__()
        self._step = first_step
        self._writer = tf.summary.create_file_writer(str(directory))
        text = json.dumps(config.to_dict(), indent=2)
        with self._writer.as_default(step=0):
            hparams.hparams(_hyperparameters(config))
            indented = "\n".join("    " + line for line in text.splitlines())
            tf.summary.text("config", indented)

    def on_train_batch_end(
        self, batch: int, logs: Mapping[str, Any] | None = None
    ) -> None:
        """Writes the training scalars."""
        self._step = batch
        with self._writer.as_default(step=batch):
            for name in _SCALARS:
                tf.summary.scalar(f"train/{name}", (logs or {})[name])

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Writes the validation measures."""
        with self._writer.as_default(step=self._step):
            for name, value in _measures(logs or {}).items():
                tf.summary.scalar(f"validation/{name}", value)
        self._writer.flush()

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Closes the event file."""
        self._writer.close()


def _measures(logs: Mapping[str, Any]) -> dict[str, float]:
    """Returns what a validation has measured; not each run measures the noise."""
    return {name: logs[name] for name in (*_MEASURES, "noise_scale") if name in logs}


def _hyperparameters(config: ExperimentConfig) -> dict[str, Any]:
    values = {**config.to_dict(), **dataclasses.asdict(config.model)}
    values |= dataclasses.asdict(config.optimizer)
    values["curriculum"] = str(config.curriculum)
    return {k: v for k, v in values.items() if isinstance(v, bool | int | float | str)}


def write_projector(
    directory: pathlib.Path, spec: GameSpec, key_vectors: npt.NDArray[np.float32]
) -> None:
    """Writes the key vectors, with the keys' names, for TensorBoard's projector.

    Args:
      directory: The folder of the event files.
      spec: The game's specification.
      key_vectors: `[num_keys, m, vector_dim]`; each of the m is shown.
    """
    per_key, dim = key_vectors.shape[1:]
    vectors = key_vectors.reshape(-1, dim)
    rows = ("\t".join(f"{value:.6g}" for value in row) for row in vectors)
    names = (name for name in spec.keys for _ in range(per_key))
    (directory / "keys.tsv").write_text("\n".join(rows) + "\n")
    (directory / "key_names.tsv").write_text("\n".join(names) + "\n")
    configuration = projector.ProjectorConfig()
    embedding = configuration.embeddings.add()
    embedding.tensor_name = "key_vectors"
    embedding.tensor_path = "keys.tsv"
    embedding.metadata_path = "key_names.tsv"
    projector.visualize_embeddings(str(directory), configuration)
