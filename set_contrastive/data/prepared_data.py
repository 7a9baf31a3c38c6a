"""Prepared data sets, read from disk: a game's specification and its splits."""

import dataclasses
import pathlib

import numpy as np
import tensorflow_datasets as tfds
from google.protobuf import json_format
from tensorflow_datasets.core import read_only_builder
from tensorflow_datasets.core.dataset_info import DatasetInfoFileError

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import GameSpec
from set_contrastive.games.game import KeyMask
from set_contrastive.games.game import Queries

DATASET_NAME = "card_games"

# Examples decoded at a time.
_READ_BATCH = 8192

# A sample of a split: so many runs of so many queries, among so many.
_RUNS = 8
_RUN = 8
_SAMPLED_AMONG = 2**14


@dataclasses.dataclass(frozen=True)
class Split:
    """One split of a prepared data set, in memory.

    Attributes:
      queries: int32 `[n, T]`.
      key_mask: bool `[n, K]`.
    """

    queries: Queries
    key_mask: KeyMask


def is_built(data_dir: str, name: str) -> bool:
    """Whether there is a prepared data set of this name, with all of its files."""
    try:
        _open(data_dir, name)
    except UserError:
        return False
    return True


def has_version(data_dir: str, name: str) -> bool:
    """Whether there is a version of the data set, whether complete or not."""
    return any(folder_of(data_dir, name).glob("[0-9]*"))


def folder_of(data_dir: str, name: str) -> pathlib.Path:
    """Returns the folder of a data set, which has a folder for each version."""
    return pathlib.Path(data_dir) / DATASET_NAME / name


def read_spec(data_dir: str, name: str, game: str | None = None) -> GameSpec:
    """Reads a game's specification from its prepared data set.

    Args:
      data_dir: Where the data sets of TensorFlow Datasets are.
      name: Name of the data set, such as `union_27`.
      game: What `registry.get` takes, if that is another than the name.

    Raises:
      UserError: If the data set is not built, or not to the end; names the command that
        builds it.
    """
    metadata = _open(data_dir, name, game).info.metadata
    return GameSpec.from_dict(metadata["game"])


def read_split(
    data_dir: str, name: str, split: str, at_most: int | None = None
) -> Split:
    """Reads one split of a prepared data set into memory.

    Args:
      data_dir: Where the data sets of TensorFlow Datasets are.
      name: Name of the data set, such as `union_27`.
      split: `train`, `validation` or `test`.
      at_most: Number of queries, the first ones; None for all.

    Raises:
      UserError: If the data set is not built or has no such split.
    """
    builder = _open(data_dir, name)
    if split not in builder.info.splits:
        raise UserError(
            f"split must be one of {', '.join(sorted(builder.info.splits))}, "
            f"got {split!r}"
        )
    size = builder.info.splits[split].num_examples
    return _read(
        builder, split if at_most is None else f"{split}[:{min(at_most, size)}]"
    )


def read_sample(data_dir: str, name: str, split: str) -> Split:
    """Reads 64 queries of a split, or all if there are fewer.

    A listed split stands in order, and its first queries would all be alike, so they
    are runs of eight, spread over the split or, as what lies before them has to be
    passed over, over the first 16,384 queries of a larger one.

    Args:
      data_dir: Where the data sets of TensorFlow Datasets are.
      name: Name of the data set, such as `union_27`.
      split: `train`, `validation` or `test`.

    Raises:
      UserError: If the data set is not built.
    """
    builder = _open(data_dir, name)
    size = min(builder.info.splits[split].num_examples, _SAMPLED_AMONG)
    if size <= _RUNS * _RUN:
        return _read(builder, split)
    starts = np.linspace(0, size - _RUN, _RUNS).astype(np.int64)
    runs = [f"{split}[{start}:{start + _RUN}]" for start in starts]
    return _read(builder, "+".join(runs))


def _read(builder: tfds.core.DatasetBuilder, part: str) -> Split:
    """Reads a part of a data set, as TensorFlow Datasets names parts."""
    dataset = builder.as_dataset(split=part, batch_size=_READ_BATCH)
    batches = list(tfds.as_numpy(dataset))
    return Split(
        np.concatenate([batch["query"] for batch in batches]),
        np.concatenate([batch["key_mask"] for batch in batches]),
    )


def _open(
    data_dir: str, name: str, game: str | None = None
) -> tfds.core.DatasetBuilder:
    """Opens a data set that has all of its files.

    TensorFlow Datasets writes to a folder beside and renames it at the end, so a build
    that was killed leaves the data set's folder without a version in it. A version
    that lacks files was copied or deleted in part.
    """
    try:
        # From the files alone, whether or not the builder's code has been imported.
        builder = read_only_builder.builder_from_files(
            DATASET_NAME, config=name, data_dir=data_dir
        )
    except (tfds.core.DatasetNotFoundError, DatasetInfoFileError) as error:
        raise UserError(_build_it(data_dir, name, game, "is not built")) from error
    except (ValueError, json_format.ParseError) as error:
        problem = f"is corrupt ({error})"
        raise UserError(_build_it(data_dir, name, game, problem)) from error
    for path in _files(builder):
        if not path.exists():
            problem = f"is not complete ({path} is missing)"
            raise UserError(_build_it(data_dir, name, game, problem))
    return builder


def _build_it(data_dir: str, name: str, game: str | None, problem: str) -> str:
    """Returns what is wrong with a data set, and the command that builds it."""
    known = game in (None, name)
    config = name if known else f'\'{{"name": "{name}", "game": "{game}"}}\''
    # Of a version that lacks files TFDS says that it is there, and leaves it so.
    overwrite = " --overwrite" if has_version(data_dir, name) else ""
    return (
        f"data set {name} {problem} in data_dir={data_dir}; build it with: "
        f"tfds build data_builders/card_games --config {config} --data_dir {data_dir}"
        f"{overwrite}"
    )


def _files(builder: tfds.core.DatasetBuilder) -> list[pathlib.Path]:
    """Returns the files of the examples of a data set."""
    return [
        pathlib.Path(path)
        for split in builder.info.splits.values()
        for path in split.filepaths
    ]
