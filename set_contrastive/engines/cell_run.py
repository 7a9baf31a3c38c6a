"""One experiment of a study: trained and measured in this process."""

import pathlib
from collections.abc import Mapping
from typing import Any

from set_contrastive.base import whole_files
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.engines import cell_process
from set_contrastive.engines import shared_readers
from set_contrastive.models import families
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
    cell_process.start_tensorflow(threads)
    from set_contrastive.runs import experiment  # Brings TensorFlow.

    config = ExperimentConfig.from_dict(values)
    families.import_named(config.model.family)  # The study's, which the user has named.
    origin = dict(origin)
    found = shared_readers.find(config, pathlib.Path(folder))
    if found is not None:
        print(f"takes what {found} has trained, which are the same weights", flush=True)
        origin |= shared_readers.mention(found)
    experiment.train_and_evaluate(config, folder, found)
    noted = cell_process.finished(origin)
    whole_files.write_json(pathlib.Path(folder) / run_folder.PROVENANCE, noted)
    experiment.evaluate(folder, study.SPLIT, config.data_dir, config.game)
