"""What is computed already, kept in the output folder so that a stop loses little."""

import dataclasses
import hashlib
import json
import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError

_FINGERPRINT = "inputs.json"

Arrays = dict[str, npt.NDArray[Any]]


@dataclasses.dataclass(frozen=True)
class Store:
    """Results by name, each written whole or not at all.

    Attributes:
      folder: Where they are.
    """

    folder: pathlib.Path

    def open(self, inputs: dict[str, Any]) -> None:
        """Makes the folder, or checks that it holds results of the same inputs.

        Args:
          inputs: What the results follow from, as JSON values.

        Raises:
          UserError: If it holds results of other inputs.
        """
        path = self.folder / _FINGERPRINT
        wanted = json.loads(json.dumps(inputs))
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            whole_files.write_json(path, wanted)
            return
        found = whole_files.read_json(path)
        if found != wanted:
            names = {**wanted, **found}  # An earlier version may have had others.
            other = [name for name in names if found.get(name) != wanted.get(name)]
            raise UserError(
                f"output {self.folder.parent} holds results of other inputs "
                f"({', '.join(other)}); name another folder"
            )

    def has(self, name: str) -> bool:
        """Whether there is a result of a name."""
        return (self.folder / f"{name}.json").exists()

    def get(self, name: str) -> dict[str, Any]:
        """Reads a result."""
        return whole_files.read_json(self.folder / f"{name}.json")

    def arrays(self, name: str) -> Arrays:
        """Reads the arrays that belong to a result."""
        found = {}
        for path in sorted(self.folder.glob(f"{name}.*.npy")):
            found[path.name.split(".")[-2]] = np.load(path)
        return found

    def put(self, name: str, values: dict[str, Any], arrays: Arrays) -> None:
        """Writes a result: its arrays, then what says that it is there."""
        for key, array in arrays.items():
            whole_files.write_array(self.folder / f"{name}.{key}.npy", array)
        whole_files.write_json(self.folder / f"{name}.json", values)


def fingerprint(path: pathlib.Path) -> str:
    """Returns a digest of a file's, or of all files of a folder's, content."""
    digest = hashlib.blake2b(digest_size=16)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in filter(pathlib.Path.is_file, files):
        with file.open("rb") as opened:
            while chunk := opened.read(2**22):
                digest.update(chunk)
    return digest.hexdigest()
