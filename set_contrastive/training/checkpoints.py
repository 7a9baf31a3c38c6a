"""Checkpoints of a run: the newest sound one is read back, a torn one passed over."""

import pathlib
import re
import shutil

import tensorflow as tf
from absl import logging

from set_contrastive.base.errors import UserError

_PREFIX = "step"
_KEPT = 3


class Checkpoints:
    """The checkpoints of a run folder.

    Args:
      directory: Where they are.
      **parts: The objects to save: model, optimizer and step.
    """

    def __init__(self, directory: pathlib.Path, **parts: tf.Module):
        self._directory = directory
        self._checkpoint = tf.train.Checkpoint(**parts)

    def save(self, step: int) -> None:
        """Writes a checkpoint and removes those that are no longer needed.

        TensorFlow writes the data in a folder of its own, `step-<n>_temp`, and renames
        them into place when they are complete. The index comes last and is written
        under its own name, so a process that is killed can leave a torn one beside
        whole data. It is told from a sound one: an index is a table that ends with a
        magic number, and it has a checksum of each of its blocks and of each tensor of
        the data. `restore` then takes the one before, which is removed only after a
        newer one was written. TensorFlow asks for no fsync; what a loss of power takes
        from a file is noticed in the same way.
        """
        path = str(self._directory / f"{_PREFIX}-{step}")
        self._checkpoint.write(path)
        for old in find(self._directory)[_KEPT:]:
            # The index last: by it, what is left of a half-removed one is found again.
            for part in sorted(self._directory.glob(f"{old.name}.*")):
                part.unlink()
        for left_by_a_kill in self._directory.glob(f"{_PREFIX}-*_temp"):
            shutil.rmtree(left_by_a_kill)

    def restore(self) -> bool:
        """Reads the newest sound checkpoint; returns whether there was one.

        Raises:
          UserError: If there are checkpoints but all are damaged.
        """
        found = find(self._directory)
        for path in found:
            if restore(self._checkpoint, path):
                return True
        if found:
            raise UserError(f"all checkpoints in {self._directory} are damaged")
        return False


def find(directory: pathlib.Path) -> list[pathlib.Path]:
    """Returns the paths of a folder's checkpoints, without endings, newest first."""
    steps = [
        int(match[1])
        for file in directory.glob(f"{_PREFIX}-*.index")
        if (match := re.fullmatch(rf"{_PREFIX}-(\d+)\.index", file.name))
    ]
    return [directory / f"{_PREFIX}-{step}" for step in sorted(steps, reverse=True)]


def restore(checkpoint: tf.train.Checkpoint, path: pathlib.Path) -> bool:
    """Reads a checkpoint; returns False, with a warning, if it is damaged."""
    try:
        checkpoint.read(str(path)).assert_existing_objects_matched().expect_partial()
    # TensorFlow's reader raises IndexError where bytes are missing.
    except (
        tf.errors.OpError,
        AssertionError,
        IndexError,
        ValueError,
        RuntimeError,
    ) as error:
        first_line = str(error).partition("\n")[0]
        logging.warning("Skipping damaged checkpoint %s: %s", path, first_line)
        return False
    return True
