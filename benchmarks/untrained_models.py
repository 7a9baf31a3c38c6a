"""Exports of models as they start: random weights cost what trained ones do."""

import pathlib
from typing import Any

import keras

from export import signatures
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.models import families


def export(game: Any, config: ModelConfig, folder: pathlib.Path) -> None:
    """Writes a SavedModel with all signatures into a folder."""
    archive = keras.export.ExportArchive()
    scorer = families.build(game.spec, config)
    signatures.add_signatures(archive, scorer, game.spec, game.grammar())
    archive.write_out(str(folder), verbose=False)
