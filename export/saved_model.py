"""Writes a trained scorer as a version of a SavedModel, whole or not at all."""

import dataclasses
import json
import pathlib
import shlex
import shutil
import tempfile

import keras
import numpy as np

from export import exported_scorer
from export import model_card
from export import signatures
from export import warmup
from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.runs import experiment


def export(
    workdir: str,
    export_dir: str,
    version: int = 0,
    overwrite: bool = False,
    game: str | None = None,
) -> pathlib.Path:
    """Exports the scorer of a run folder as a version of a model.

    Args:
      workdir: The run folder.
      export_dir: The model's folder; versions are the integers below it.
      version: Number of the new version; 0 takes the next free one.
      overwrite: Whether to take the next free number in place of a `version` that
        exists. TensorFlow Serving turns to the highest number, so the model is
        replaced, but the files of a version never change under a server.
      game: The game as the user names it; one of her own is imported only then.

    Returns:
      The folder of the new version.

    Raises:
      UserError: If there is no trained scorer, its game is one of somebody's own that
        the user has not named, `export_dir` is a file, or the version exists.
    """
    run = experiment.load(workdir)
    rules = registry.from_file(run.spec.source, f"workdir={workdir}", game)
    folder = pathlib.Path(export_dir)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"export_dir must be a folder, got the file {export_dir}")
    folder.mkdir(parents=True, exist_ok=True)
    if version and overwrite and (folder / str(version)).exists():
        version = 0
    _check_free(folder, version)
    archive = keras.export.ExportArchive()
    inputs = signatures.add_signatures(archive, run.scorer, run.spec, rules.grammar())
    partial = pathlib.Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    try:
        archive.write_out(str(partial), verbose=False)
        extra = partial / "assets.extra"
        _write_assets(extra, run, workdir)
        warmup.write(extra / warmup.FILE, rules, inputs)
        partial.chmod(0o755)
        return _publish(partial, folder, version)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _check_free(folder: pathlib.Path, version: int) -> None:
    if version and (folder / str(version)).exists():
        raise UserError(
            f"version={version} exists in {folder} and is never changed, as a server "
            "may have it open; --overwrite takes the next free number in its place"
        )


def _write_assets(
    folder: pathlib.Path, run: experiment.LoadedRun, workdir: str
) -> None:
    """Writes what clients and people need to know beside the model itself."""
    folder.mkdir()
    spec, config = run.spec, dataclasses.asdict(run.config.model)
    for name, text in (
        ("game.json", json.dumps(spec.to_dict(), indent=2) + "\n"),
        (exported_scorer.MODEL, json.dumps(config, indent=2) + "\n"),
        ("vocabulary.txt", "".join(f"{symbol}\n" for symbol in spec.vocabulary)),
        ("keys.txt", "".join(f"{key}\n" for key in spec.keys)),
        ("model_card.md", model_card.render(run, workdir)),
    ):
        (folder / name).write_text(text)


def _publish(partial: pathlib.Path, folder: pathlib.Path, version: int) -> pathlib.Path:
    """Renames a complete version to its number, or to the next free one."""
    while True:
        _check_free(folder, version)
        taken = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
        target = folder / str(version or max(taken, default=0) + 1)
        try:
            return partial.rename(target)
        except OSError:
            if not target.exists():  # Otherwise another export took the number.
                raise


def serving_help(version: pathlib.Path, named: str | None = None) -> str:
    """Returns commands that serve a version, and ask it if it takes texts.

    Args:
      version: Folder of the version.
      named: The game as the user names it.

    Raises:
      UserError: If the game is one of somebody's own that the user has not named.
    """
    folder = version.parent.resolve()
    name, mount = folder.name, f"{folder}:/models/{folder.name}:ro"
    serve = (
        f"serve it:\n"
        f"  docker run --rm -p 127.0.0.1:8500:8500 -p 127.0.0.1:8501:8501 \\\n"
        f"      -e MODEL_NAME={shlex.quote(name)} \\\n"
        f"      -v {shlex.quote(mount)} \\\n"
        f"      tensorflow/serving:2.19.1"
    )
    spec = whole_files.read_json(version / "assets.extra" / "game.json")
    game = registry.from_file(spec["source"], f"saved_model={version}", named)
    if game.grammar() is None:
        return serve
    text = game.format(game.sample(np.random.default_rng(0), 1)[0])
    return (
        f"{serve}\n"
        f"and ask it:\n"
        f"  python -m export.client --target=localhost:8500 "
        f"--model={shlex.quote(name)} \\\n"
        f"      --query={shlex.quote(text)}"
    )
