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

Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]
StrategyName = Literal["none", "mirrored", "multi_worker"]


@dataclasses.dataclass(frozen=True)
class ExperimentConfig:
    """Everything that determines a run."""

    # Name of the game, or package.module:factory for one of your own.
    game: str
    # The model.
    model: ModelConfig
    # Where `tfds build` has prepared the data sets; the same data elsewhere is the same
    # run.
    data_dir: str = "data"
    # The optimizer and its learning rate.
    optimizer: OptimizerConfig = OptimizerConfig()
    # infonce: CLIP's symmetric loss on one sampled key per query. cross_entropy:
    # softmax over all keys against one sampled key. *_support: the same against all
    # matching keys, with less noise; cross_entropy_support is the reported KL itself
    # but for a constant. sigmoid: SigLIP's logistic loss over the pairs of the batch;
    # sigmoid_support: the same over all keys. margin: softmax over all keys against all
    # that match, whose scores are lowered first.
    objective: str = "cross_entropy_support"
    # For contrastive objectives: leave other matching keys of the batch out of the
    # denominators.
    mask_false_negatives: bool = False
    # By how much the objective margin lowers the scores of matching keys.
    margin: float = 1.0
    # Queries of a step, over all replicas.
    batch_size: int = 512
    # Number of steps.
    steps: int = 2000
    # Phases of shorter queries as pairs:steps, such as 1:400,2:400,8:rest; empty for
    # none.
    curriculum: curriculum_lib.Curriculum = dataclasses.field(
        default=(), metadata={"parse": curriculum_lib.parse}
    )
    # Draw fresh training queries without end, in place of those of the data set.
    stream: bool = False
    # Seed of weights and batches.
    seed: int = 0
    # Precision policy; scores and losses are float32 under all.
    precision: Precision = "float32"
    # none: one device; mirrored: all devices of this host; multi_worker: several hosts,
    # named in TF_CONFIG.
    strategy: StrategyName = "none"
    # Number of replicas; unless it is given, all GPUs of the strategy, at least one.
    replicas: int = 1
    # Steps from one validation to the next.
    eval_every: int = 200
    # Steps from one checkpoint to the next.
    checkpoint_every: int = 200
    # Steps in one call from Python.
    steps_per_call: int = 20
    # Batches of which each validation estimates the gradient noise scale; 0 for none.
    noise_batches: int = 0
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
        check_at_least(self, 0, "seed", "margin", "noise_batches")
        if self.seed >= 2**32:  # Keras takes no larger ones.
            raise UserError(f"seed must be less than 2^32, got {self.seed}")
        if self.noise_batches == 1 or (self.noise_batches and self.replicas > 1):
            raise UserError(
                "noise_batches must be 0, or at least 2 and with replicas=1, got "
                f"{self.noise_batches} with replicas={self.replicas}"
            )
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
