"""Builds data sets that are missing, by the command that a user would type."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterable

from set_contrastive.base.errors import UserError
from set_contrastive.data import prepared_data
from set_contrastive.games import registry


def data_set(game: str) -> tuple[str, str]:
    """Returns the name of a game's data set and the builder config that makes it.

    Args:
      game: What `registry.get` takes: a name, or `package.module:factory`.
    """
    if ":" not in game:
        return game, game
    name = registry.get(game).spec.name
    return name, json.dumps({"name": name, "game": game})


def build_arguments(game: str, data_dir: str | os.PathLike[str]) -> tuple[str, ...]:
    """Returns the arguments of Python that build a data set, as `tfds build` does."""
    return (
        "-m",
        "tensorflow_datasets.scripts.cli.main",
        "build",
        _builder_folder(),
        f"--config={data_set(game)[1]}",
        f"--data_dir={os.fspath(data_dir)}",
    )


def build_missing(games: Iterable[str], data_dir: str) -> None:
    """Builds the data sets of games that are not there in full, one after the other.

    Args:
      games: What `registry.get` takes, or names of data sets that are built.
      data_dir: Where the data sets of TensorFlow Datasets are.

    Raises:
      UserError: If one cannot be built; its command has said why.
    """
    for game in games:
        name, _ = data_set(game)
        if prepared_data.is_built(data_dir, name):
            continue
        print(f"Preparing the data set {name}", flush=True)
        arguments = build_arguments(game, data_dir)
        if prepared_data.has_version(data_dir, name):
            arguments += ("--overwrite",)  # It lacks files; TFDS would leave it so.
        code = subprocess.run([sys.executable, *arguments], check=False).returncode
        # Another process may have built it meanwhile, which the command takes ill.
        if code and not prepared_data.is_built(data_dir, name):
            raise UserError(f"data set {name} cannot be built: exit code {code}")


def _builder_folder() -> str:
    """Returns where the builder is, as short as it can be written here."""
    name = prepared_data.DATASET_NAME
    found = importlib.util.find_spec(f"data_builders.{name}")
    if found is None or not found.submodule_search_locations:
        raise UserError(f"the builder data_builders/{name} is not installed")
    path = found.submodule_search_locations[0]
    here = os.path.relpath(path)
    return path if here.startswith(os.pardir) else here
