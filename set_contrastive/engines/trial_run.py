"""One trial of a study: its function, called in this process."""

import pathlib
from collections.abc import Mapping
from typing import Any

from set_contrastive.base import named_code
from set_contrastive.base.errors import UserError
from set_contrastive.engines import cell_process
from set_contrastive.runs import trial_folder


def run(
    values: Mapping[str, Any],
    folder: str,
    origin: Mapping[str, Any],
    threads: int = 0,
) -> None:
    """Calls the function of a trial and keeps what it returns.

    Args:
      values: The function and its arguments, as `TrialCell.values` gives them.
      folder: The trial's folder.
      origin: What `provenance.describe` said of the sweep; kept beside the row.
      threads: Number of threads that TensorFlow may use; 0 for one per core.

    Raises:
      UserError: If there is no such function, it returns no row, or it raises it.
    """
    cell_process.start_tensorflow(threads)
    name = values["function"]
    function = named_code.find("function", name)
    if not callable(function):
        raise UserError(f"function {name!r} must be a function, got {function!r:.40}")
    row = function(**values["arguments"])
    noted = cell_process.finished(origin)
    trial_folder.write(pathlib.Path(folder), values, row, noted)
