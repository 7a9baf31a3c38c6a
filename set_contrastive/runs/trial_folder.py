"""The folder of a trial: `trial.json`, what it follows from and what it has found."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError

TRIAL = "trial.json"


def write(
    folder: pathlib.Path,
    values: Mapping[str, Any],
    row: Mapping[str, Any],
    origin: Mapping[str, Any],
) -> None:
    """Writes what a trial has found.

    Args:
      folder: Its folder.
      values: The function and its arguments.
      row: What the function returned.
      origin: What `provenance.describe` said.

    Raises:
      UserError: If the row is no dict of JSON values.
    """
    try:
        columns = {**row}
        json.dumps(columns, allow_nan=True)
    except (TypeError, ValueError) as error:
        raise UserError(
            f"{values['function']} must return a dict of JSON values: {error}"
        ) from error
    found = {**values, "row": columns, "provenance": dict(origin)}
    folder.mkdir(parents=True, exist_ok=True)
    whole_files.write_json(folder / TRIAL, found)


def read(folder: pathlib.Path, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Returns what a trial has found, with its provenance; None if it has not ended.

    Args:
      folder: Its folder.
      values: The function and its arguments.

    Raises:
      UserError: If the folder holds the result of other values.
    """
    try:
        found = whole_files.read_json(folder / TRIAL)
    except UserError:
        return None  # Not finished, or spoiled: it is tried anew.
    wanted = json.loads(json.dumps(dict(values)))
    if other := [name for name in wanted if found.get(name) != wanted[name]]:
        raise UserError(
            f"{folder / TRIAL} holds a trial with other values of "
            f"{' and '.join(other)}; name another workdir"
        )
    return found if "row" in found else None
