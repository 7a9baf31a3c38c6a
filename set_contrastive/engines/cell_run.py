"""One cell of a study: trained and measured in this process, in its run folder."""

import contextlib
import pathlib
from collections.abc import Mapping
from typing import Any

from set_contrastive.base import provenance
from set_contrastive.base import whole_files
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.engines import shared_readers
from set_contrastive.runs import experiment
from set_contrastive.runs import run_folder
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
    import tensorflow as tf

    with contextlib.suppress(RuntimeError):  # It runs already, with its own choice.
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    config = ExperimentConfig.from_dict(values)
    origin = dict(origin)
    found = shared_readers.find(config, pathlib.Path(folder))
    if found is not None:
        print(f"takes what {found} has trained, which are the same weights", flush=True)
        origin |= shared_readers.mention(found)
    experiment.train_and_evaluate(config, folder, found)
    here = provenance.describe()
    origin |= {name: here[name] for name in ("finished", "machine")}
    whole_files.write_json(pathlib.Path(folder) / run_folder.PROVENANCE, origin)
    experiment.evaluate(folder, study.SPLIT, config.data_dir, config.game)
