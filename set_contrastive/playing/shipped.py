"""The small models that ship with the page: weights in float16, and what they are.

A model is two files: `<name>.npz` holds each weight by its path, and `<name>.json`

    model     the fields of ModelConfig
    game      the fields of GameSpec
    kl_nats   KL of these very weights, on queries drawn with the seed `QUERIES_SEED`
    origin    how the weights were trained, in words
"""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.base.errors import naming_file
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import GameSpec
from set_contrastive.models import families

if TYPE_CHECKING:
    import keras

FOLDER = pathlib.Path(__file__).parent / "models"
# The splits have 1 to 3, and `explain` grades on 4.
QUERIES_SEED = 5


@dataclasses.dataclass(frozen=True)
class Shipped:
    """What is known of a model without its weights.

    Attributes:
      weights: File of the weights.
      config: The model's configuration.
      spec: The specification of its game.
      kl_nats: Mean KL of these weights.
      origin: How they were trained.
    """

    weights: pathlib.Path
    config: ModelConfig
    spec: GameSpec
    kl_nats: float
    origin: str

    def build(self) -> "keras.Model":
        """Returns the all-keys scorer with these weights, in float32.

        Raises:
          UserError: If the weights are not those of the configuration.
        """
        model = families.build(self.spec, self.config).all_keys_scorer
        restore(model, self.weights)
        return model


def write(shipped: Shipped, model: "keras.Model") -> None:
    """Writes both files; the weights lose all but float16."""
    arrays: dict[str, Any] = {
        w.path: np.asarray(w.numpy(), _stored(w.dtype)) for w in model.weights
    }
    with naming_file(shipped.weights):
        np.savez_compressed(shipped.weights, **arrays)
    values = {
        "model": dataclasses.asdict(shipped.config),
        "kl_nats": shipped.kl_nats,
        "origin": shipped.origin,
        "game": shipped.spec.to_dict(),
    }
    whole_files.write_json(shipped.weights.with_suffix(".json"), values)


def _stored(dtype: str) -> str:
    return "float16" if dtype == "float32" else dtype


def read(folder: pathlib.Path = FOLDER) -> Sequence[Shipped]:
    """Returns the models of a folder, in the order of their names.

    Raises:
      UserError: If a file is damaged.
    """
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def _read(path: pathlib.Path) -> Shipped:
    values = whole_files.read_json(path)
    try:
        return Shipped(
            path.with_suffix(".npz"),
            ModelConfig(**values["model"]),
            GameSpec.from_dict(values["game"]),
            float(values["kl_nats"]),
            str(values["origin"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} is corrupt: {error}") from error


def restore(model: "keras.Model", path: pathlib.Path) -> None:
    """Gives a model the weights of a file.

    Raises:
      UserError: If there are none, or they are not those of the model.
    """
    try:
        with np.load(path) as arrays:
            for weight in model.weights:
                weight.assign(arrays[weight.path].astype(weight.dtype))
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"{path} holds no weights of this model: {error}") from error
