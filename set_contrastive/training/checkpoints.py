"""Checkpoints of a run: written whole or not at all, the newest sound one read back."""

import pathlib
import re

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

        Data come first, the index last, each renamed into place when complete, so a
        process killed at any moment leaves no index without its data.
        """
        path = str(self._directory / f"{_PREFIX}-{step}")
        self._checkpoint.write(path)
        for old in find(self._directory)[_KEPT:]:
            for part in self._directory.glob(f"{old.name}.*"):
                part.unlink()

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
