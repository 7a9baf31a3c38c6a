"""Files that are written whole or not at all, and read without TensorFlow."""

import contextlib
import io
import json
import os
import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError
from set_contrastive.base.errors import naming_file


def write_json(path: pathlib.Path, values: Any) -> None:
    """Writes JSON, whole or not at all."""
    _write_whole(path, (json.dumps(values, indent=2) + "\n").encode())


def write_array(path: pathlib.Path, array: npt.NDArray[Any]) -> None:
    """Writes an array as NumPy does, whole or not at all."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    _write_whole(path, buffer.getvalue())


def _write_whole(path: pathlib.Path, content: bytes) -> None:
    """Writes another file and gives it the name when it is on the disk.

    Without fsync a machine that loses power may keep the name and lose the content.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with naming_file(path):
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError:
            with contextlib.suppress(OSError):  # The first error is the one to tell.
                partial.unlink()
            raise


def read_json(path: pathlib.Path) -> dict[str, Any]:
    """Reads a JSON object.

    Raises:
      UserError: If the file is missing or holds no JSON object.
    """
    try:
        values = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist") from error
    except ValueError as error:
        raise UserError(f"{path} is corrupt: {error}") from error
    if not isinstance(values, dict):
        raise UserError(f"{path} is corrupt: expected an object, got {values!r:.40}")
    return values
