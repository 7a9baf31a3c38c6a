"""Frozen configuration of an experiment, its presets, and JSON in and out."""

import dataclasses
import json
import math
import pathlib
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_type_hints

from set_contrastive import curriculum as curriculum_lib
from set_contrastive.errors import UserError

Family = Literal["two_tower", "cross_encoder", "classifier"]
ObjectiveName = Literal[
    "infonce", "infonce_support", "cross_entropy", "cross_entropy_support"
]
Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]
StrategyName = Literal["none", "mirrored", "multi_worker"]
ScheduleName = Literal["cosine", "transformer", "stepwise", "constant"]
OptimizerName = Literal["adam", "muon"]
Similarity = Literal["dot", "cosine"]


def _check_types(config: Any) -> None:
    """Raises UserError if a field has another type or a value that is no choice."""
    for name, hint in get_type_hints(type(config)).items():
        value = getattr(config, name)
        choices = get_args(hint)
        if choices and all(isinstance(choice, str) for choice in choices):
            if value not in choices:
                raise UserError(
                    f"{name} must be one of {', '.join(choices)}, got {value!r}"
                )
        elif hint in (int, float, bool, str):
            is_number = hint is float and type(value) is int
            if type(value) is not hint and not is_number:
                raise UserError(
                    f"{name} must be of type {hint.__name__}, got {value!r}"
                )
        if isinstance(value, float) and not math.isfinite(value):
            raise UserError(f"{name} must be finite, got {value}")


def _check_at_least(config: Any, least: float, *names: str) -> None:
    for name in names:
        value = getattr(config, name)
        if not value >= least:
            raise UserError(f"{name} must be at least {least:g}, got {value}")


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Architecture of a scorer."""

    # Kind of model: two_tower, cross_encoder or classifier.
    family: Family = "two_tower"
    # Dimension d of query and key vectors (no meaning for cross_encoder).
    vector_dim: int = 27
    # Width of the transformer and of its feed-forward layers.
    d_model: int = 64
    d_ff: int = 128
    num_heads: int = 2
    num_layers: int = 2
    # How many of the layers, the last ones, change what is read of the query only.
    num_readout_layers: int = 1
    # How many learned positions read the query (no meaning for cross_encoder, where
    # each key reads for itself).
    num_readouts: int = 1
    # Whether the symbols of a block of the query are merged into one position.
    merge_blocks: bool = False
    # Whether a symbol's embedding leaves out those of its attribute values.
    atomic: bool = False
    # Whether a two-tower key has a bias of its own.
    key_bias: bool = False
    # Score of two vectors: inner product, or cosine divided by the temperature.
    similarity: Similarity = "dot"
    temperature: float = 0.07
    learn_temperature: bool = False

    def __post_init__(self) -> None:
        _check_types(self)
        _check_at_least(
            self,
            1,
            "vector_dim",
            "d_model",
            "d_ff",
            "num_heads",
            "num_layers",
            "num_readouts",
        )
        if not 1 <= self.num_readout_layers <= self.num_layers:
            raise UserError(
                f"num_readout_layers must be 1 to num_layers={self.num_layers}, "
                f"got {self.num_readout_layers}"
            )
        if self.d_model % self.num_heads:
            raise UserError(
                f"d_model must be a multiple of num_heads={self.num_heads}, "
                f"got {self.d_model}"
            )
        if not self.temperature > 0:
            raise UserError(f"temperature must be above 0, got {self.temperature}")


@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """The optimizer and its learning rate."""

    # adam, or muon: Muon for matrices of hidden layers, Adam for all else.
    optimizer: OptimizerName = "adam"
    # Adam's learning rate under muon, as a share of Muon's.
    adam_lr_ratio: float = 0.2
    # Highest learning rate, and how it rises and falls.
    learning_rate: float = 2e-3
    schedule: ScheduleName = "cosine"
    warmup_steps: int = 100
    # Gradients are scaled down to at most this global norm; 0 leaves them.
    clip_norm: float = 1.0
    beta_1: float = 0.9
    beta_2: float = 0.98

    def __post_init__(self) -> None:
        _check_types(self)
        _check_at_least(self, 0, "warmup_steps", "clip_norm")
        for name in ("learning_rate", "adam_lr_ratio"):
            if not getattr(self, name) > 0:
                raise UserError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("beta_1", "beta_2"):
            if not 0 <= getattr(self, name) < 1:
                raise UserError(f"{name} must be in [0, 1), got {getattr(self, name)}")


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
        _check_types(self)
        _check_at_least(
            self,
            1,
            "batch_size",
            "steps",
            "replicas",
            "eval_every",
            "checkpoint_every",
            "steps_per_call",
        )
        _check_at_least(self, 0, "seed")
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
