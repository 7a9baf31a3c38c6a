"""Reads one version of an exported scorer."""

import dataclasses
import json
import pathlib
from typing import Any

import tensorflow as tf
from google.protobuf import message
from tensorflow.core.protobuf import saved_model_pb2

from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import GameSpec

# In `assets.extra`: the fields of ModelConfig.
MODEL = "model.json"

_BEFORE = ModelConfig("two_tower")


@dataclasses.dataclass(frozen=True)
class ExportedScorer:
    """A SavedModel, its configuration and the specification of its game.

    Attributes:
      spec: The game's specification.
      config: The model's configuration.
      model: The SavedModel; its functions live as long as it is referred to.
    """

    spec: GameSpec
    config: ModelConfig
    model: Any

    @property
    def signatures(self) -> Any:
        """The functions by name."""
        return self.model.signatures


def load(saved_model: pathlib.Path) -> ExportedScorer:
    """Loads one version of an exported scorer.

    Args:
      saved_model: Folder of the version.

    Raises:
      UserError: If there is none, or a newer TensorFlow wrote it.
    """
    try:
        extra = saved_model / "assets.extra"
        spec = GameSpec.from_dict(json.loads((extra / "game.json").read_text()))
        config = _read_config(extra / MODEL)
        model = tf.saved_model.load(str(saved_model))
    # An op that this TensorFlow does not know is a RuntimeError, a field that is not
    # there a KeyError.
    except (
        *(OSError, ValueError, TypeError, KeyError, RuntimeError),
        tf.errors.OpError,
    ) as error:
        raise UserError(
            f"no scorer that this TensorFlow {tf.__version__} can read in "
            f"saved_model={saved_model}{_origin(saved_model)}: {error}"
        ) from error
    return ExportedScorer(spec, config, model)


def _read_config(path: pathlib.Path) -> ModelConfig:
    """Returns a configuration; older versions have no file, and one vector of a key."""
    return ModelConfig(**json.loads(path.read_text())) if path.exists() else _BEFORE


def _origin(folder: pathlib.Path) -> str:
    """Says which TensorFlow wrote a SavedModel, if there is one."""
    try:
        proto = saved_model_pb2.SavedModel.FromString(
            (folder / "saved_model.pb").read_bytes()
        )
    except (OSError, message.DecodeError):
        return ""
    versions = {graph.meta_info_def.tensorflow_version for graph in proto.meta_graphs}
    return f", written by TensorFlow {', '.join(sorted(versions))}"
