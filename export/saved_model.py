"""Writes a trained scorer as a version of a SavedModel, whole or not at all."""

import json
import pathlib
import shutil
import tempfile

import keras

from export import model_card
from export import signatures
from set_contrastive import experiment
from set_contrastive.errors import UserError
from set_contrastive.games import registry


def export(workdir: str, export_dir: str) -> pathlib.Path:
    """Exports the scorer of a run folder as the next free version.

    Args:
      workdir: The run folder.
      export_dir: The model's folder; versions are the integers below it.

    Returns:
      The folder of the new version.

    Raises:
      UserError: If there is no trained scorer, or `export_dir` is a file.
    """
    run = experiment.load(workdir)
    folder = pathlib.Path(export_dir)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"export_dir must be a folder, got the file {export_dir}")
    folder.mkdir(parents=True, exist_ok=True)
    archive = keras.export.ExportArchive()
    grammar = registry.get(run.spec.source).grammar()
    signatures.add_signatures(archive, run.scorer, run.spec, grammar)
    partial = pathlib.Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    try:
        archive.write_out(str(partial), verbose=False)
        _write_assets(partial / "assets.extra", run, workdir)
        partial.chmod(0o755)
        return _publish(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_assets(
    folder: pathlib.Path, run: experiment.LoadedRun, workdir: str
) -> None:
    """Writes what clients and people need to know beside the model itself."""
    folder.mkdir()
    spec = run.spec
    for name, text in (
        ("game.json", json.dumps(spec.to_dict(), indent=2) + "\n"),
        ("vocabulary.txt", "".join(f"{symbol}\n" for symbol in spec.vocabulary)),
        ("keys.txt", "".join(f"{key}\n" for key in spec.keys)),
        ("model_card.md", model_card.render(run, workdir)),
    ):
        (folder / name).write_text(text)


def _publish(partial: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """Renames a complete version to the next free number."""
    while True:
        taken = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
        version = folder / str(max(taken, default=0) + 1)
        try:
            return partial.rename(version)
        except OSError:
            if not version.exists():  # Otherwise another export took the number.
                raise
