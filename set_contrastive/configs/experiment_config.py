"""Frozen configuration of an experiment, and JSON in and out."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any, Literal

from set_contrastive.base.errors import UserError
from set_contrastive.configs import curriculum as curriculum_lib
from set_contrastive.configs.checks import check_at_least
from set_contrastive.configs.checks import check_types
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig

ObjectiveName = Literal[
    "infonce", "infonce_support", "cross_entropy", "cross_entropy_support"
]
Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]
StrategyName = Literal["none", "mirrored", "multi_worker"]


@dataclasses.dataclass(frozen=True)
class ExperimentConfig:
    """Everything that determines a run."""

    # Name of the game, or package.module:factory.
    game: str
    model: ModelConfig
    # Where the prepared data sets are; the same data elsewhere is the same run.
    data_dir: str = ""
    optimizer: OptimizerConfig = OptimizerConfig()
    objective: ObjectiveName = "cross_entropy_support"
    # Whether contrastive denominators leave out keys that match too.
    mask_false_negatives: bool = False
    # Queries of a step, over all replicas, and number of steps.
    batch_size: int = 512
    steps: int = 2000
    # Phases of shorter queries; empty for none.
    curriculum: curriculum_lib.Curriculum = ()
    # Whether training queries are drawn fresh, without end, or come from the data set.
    stream: bool = False
    seed: int = 0
    precision: Precision = "float32"
    strategy: StrategyName = "none"
    replicas: int = 1
    # Steps from one validation, and one checkpoint, to the next.
    eval_every: int = 200
    checkpoint_every: int = 200
    # Steps in one call from Python.
    steps_per_call: int = 20
    # Whether to compile the step with XLA where the strategy allows it.
    xla: bool = True

    def __post_init__(self) -> None:
        check_types(self)
        check_at_least(
            self,
            1,
            "batch_size",
            "steps",
            "replicas",
            "eval_every",
            "checkpoint_every",
            "steps_per_call",
        )
        check_at_least(self, 0, "seed")
        if self.batch_size % self.replicas:
            raise UserError(
                f"batch_size must be a multiple of replicas={self.replicas}, "
                f"got {self.batch_size}"
            )
        if self.strategy == "none" and self.replicas != 1:
            raise UserError(
                f"replicas must be 1 with strategy=none, got {self.replicas}"
            )
        curriculum_lib.check(self.curriculum, self.steps)

    def to_dict(self) -> dict[str, Any]:
        """Returns the configuration as values that JSON can hold."""
        values: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ExperimentConfig":
        """Rebuilds a configuration from `to_dict`.

        Raises:
          UserError: If a field is missing, unknown or has a wrong value.
        """
        fields = dict(values)
        try:
            fields["model"] = ModelConfig(**fields["model"])
            fields["optimizer"] = OptimizerConfig(**fields["optimizer"])
            fields["curriculum"] = tuple(
                (pairs, steps) for pairs, steps in fields["curriculum"]
            )
            return cls(**fields)
        except (KeyError, TypeError) as error:
            raise UserError(f"not a configuration of this version: {error}") from error

    @classmethod
    def load(cls, path: pathlib.Path) -> "ExperimentConfig":
        """Reads what `save` wrote.

        Raises:
          UserError: If the file is missing or is no configuration.
        """
        try:
            return cls.from_dict(json.loads(path.read_text()))
        except FileNotFoundError as error:
            raise UserError(f"no run found: {path} does not exist") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise UserError(f"{path} is corrupt: {error}") from error

    def differing_fields(self, other: "ExperimentConfig") -> list[str]:
        """Returns `field: mine != theirs` for each field in which two runs differ."""
        mine, theirs = _flat(self.to_dict()), _flat(other.to_dict())
        return [
            f"{name}: {mine.get(name)!r} != {theirs.get(name)!r}"
            for name in sorted({*mine, *theirs})
            if mine.get(name) != theirs.get(name) and name != "data_dir"
        ]


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat
