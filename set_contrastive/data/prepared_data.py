"""Prepared data sets, read from disk: a game's specification and its splits."""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds
from tensorflow_datasets.core import read_only_builder

from set_contrastive.base.errors import UserError
from set_contrastive.data.preparation import DATASET_NAME
from set_contrastive.games.game import GameSpec
from set_contrastive.games.game import KeyMask
from set_contrastive.games.game import Queries

# Examples decoded at a time.
_READ_BATCH = 8192


@dataclasses.dataclass(frozen=True)
class Split:
    """One split of a prepared data set, in memory.

    Attributes:
      queries: int32 `[n, T]`.
      key_mask: bool `[n, K]`.
    """

    queries: Queries
    key_mask: KeyMask


def read_spec(data_dir: str, name: str, game: str | None = None) -> GameSpec:
    """Reads a game's specification from its prepared data set.

    Args:
      data_dir: Where the data sets of TensorFlow Datasets are.
      name: Name of the data set, such as `union_27`.
      game: What `registry.get` takes, if that is another than the name.

    Raises:
      UserError: If the data set is not built; names the command that builds it.
    """
    metadata = _builder(data_dir, name, game).info.metadata
    return GameSpec.from_dict(metadata["game"])


def read_split(data_dir: str, name: str, split: str) -> Split:
    """Reads one split of a prepared data set into memory.

    Args:
      data_dir: Where the data sets of TensorFlow Datasets are.
      name: Name of the data set, such as `union_27`.
      split: `train`, `validation` or `test`.

    Raises:
      UserError: If the data set is not built or has no such split.
    """
    builder = _builder(data_dir, name)
    if split not in builder.info.splits:
        raise UserError(
            f"split must be one of {', '.join(sorted(builder.info.splits))}, "
            f"got {split!r}"
        )
    batches = list(
        tfds.as_numpy(builder.as_dataset(split=split, batch_size=_READ_BATCH))
    )
    return Split(
        np.concatenate([batch["query"] for batch in batches]),
        np.concatenate([batch["key_mask"] for batch in batches]),
    )


def _builder(
    data_dir: str, name: str, game: str | None = None
) -> tfds.core.DatasetBuilder:
    try:
        # From the files alone, whether or not the builder's code has been imported.
        return read_only_builder.builder_from_files(
            DATASET_NAME, config=name, data_dir=data_dir
        )
    except tfds.core.DatasetNotFoundError as error:
        known = game in (None, name)
        config = name if known else f'\'{{"name": "{name}", "game": "{game}"}}\''
        raise UserError(
            f"data set {name} is not built in data_dir={data_dir}; build it with: "
            f"tfds build data_builders/card_games --config {config} "
            f"--data_dir {data_dir}"
        ) from error
