"""One cell of a study: run in this process, in its folder."""

import contextlib
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from set_contrastive.base import command
from set_contrastive.base import named_code
from set_contrastive.base import provenance
from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.engines import shared_readers
from set_contrastive.models import families
from set_contrastive.runs import experiment
from set_contrastive.runs import run_folder
from set_contrastive.runs import trial_folder
from set_contrastive.studies import study


def run(
    values: Mapping[str, Any],
    folder: str,
    origin: Mapping[str, Any],
    threads: int = 0,
) -> None:
    """Trains and evaluates a cell, or goes on where it was stopped.

    Args:
      values: The experiment, as `ExperimentConfig.to_dict` gives it.
      folder: The run folder.
      origin: What `provenance.describe` said of the sweep; kept beside the measures.
      threads: Number of threads that TensorFlow may use; 0 for one per core.

    Raises:
      UserError: As `experiment.train_and_evaluate`, or if another process runs it.
      InterruptedRunError: If a signal came; the state is saved.
    """
    _start_tensorflow(threads)
    config = ExperimentConfig.from_dict(values)
    families.import_named(config.model.family)  # The study's, which the user has named.
    origin = dict(origin)
    found = shared_readers.find(config, pathlib.Path(folder))
    if found is not None:
        print(f"takes what {found} has trained, which are the same weights", flush=True)
        origin |= shared_readers.mention(found)
    experiment.train_and_evaluate(config, folder, found)
    whole_files.write_json(
        pathlib.Path(folder) / run_folder.PROVENANCE, _finished(origin)
    )
    experiment.evaluate(folder, study.SPLIT, config.data_dir, config.game)


def call(
    values: Mapping[str, Any],
    folder: str,
    origin: Mapping[str, Any],
    threads: int = 0,
) -> None:
    """Calls the function of a trial and keeps what it returns.

    Args:
      values: The function and its arguments, as `TrialCell.values` gives them.
      folder: The trial's folder.
      origin: As `run` takes it.
      threads: As `run` takes it.

    Raises:
      UserError: If there is no such function, it returns no row, or it raises it.
    """
    _start_tensorflow(threads)
    row = _function(values["function"])(**values["arguments"])
    trial_folder.write(pathlib.Path(folder), values, row, _finished(origin))


def _start_tensorflow(threads: int) -> None:
    import tensorflow as tf

    command.look_for_devices()
    with contextlib.suppress(RuntimeError):  # It runs already, with its own choice.
        tf.config.threading.set_intra_op_parallelism_threads(threads)


def _finished(origin: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the sweep's provenance with this machine's name and time."""
    here = provenance.describe()
    return {**origin, **{name: here[name] for name in ("finished", "machine")}}


def _function(name: str) -> Callable[..., Any]:
    """Returns the function of a trial.

    Raises:
      UserError: If there is none.
    """
    function: Callable[..., Any] = named_code.find("function", name)
    if not callable(function):
        raise UserError(f"function {name!r} must be a function, got {function!r:.40}")
    return function
