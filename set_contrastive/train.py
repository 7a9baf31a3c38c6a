r"""Trains a scorer on a card game, watched in TensorBoard.

    python -m set_contrastive.train --game=union_27 --vector_dim=27 --data_dir=data \
        --workdir=runs/union_27_d27

The same command goes on where a stopped run was.
"""

import dataclasses
import os
from typing import Any

from set_contrastive.base import command
from set_contrastive.configs import flags as config_flags
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.data import agreement
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.runs import experiment
from set_contrastive.training import distribution
from set_contrastive.training import objectives
from set_contrastive.training import optimizers
from set_contrastive.training import presets
from set_contrastive.training import schedules


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """Where a run is, and what it is by default."""

    # Folder of this run: configuration, checkpoints, TensorBoard.
    workdir: str
    # Sizes and default recipe: laptop trains in minutes on 2 CPU cores, light in half
    # of that, study has the 17 million parameters of the study of 2021.
    preset: str = "laptop"


config_flags.define(TrainConfig, choices={"preset": presets.NAMES})
config_flags.define(
    ModelConfig,
    hints={"family": families.summary()},
    defaults={"family": next(iter(families.FAMILIES))},
    by_preset=True,
)
config_flags.define(
    OptimizerConfig,
    choices={
        "optimizer": list(optimizers.OPTIMIZERS),
        "schedule": list(schedules.SCHEDULES),
    },
    by_preset=True,
)
config_flags.define(
    ExperimentConfig,
    choices={"objective": list(objectives.OBJECTIVES)},
    defaults={"game": "union_27"},
    hints={"game": f"Those there are: {', '.join(registry.names())}."},
    by_preset=True,
)


def main(argv: list[str]) -> None:
    """Builds the configuration from the flags and trains."""
    del argv
    asked = config_flags.read(TrainConfig)
    measures = experiment.train_and_evaluate(_experiment(asked.preset), asked.workdir)
    print(
        f"{asked.workdir}: validation KL {measures['kl_nats']:.5f} nats, "
        f"top-K overlap {measures['top_k_overlap']:.4f}, "
        f"entropy {measures['entropy_bits']:.3f} bits"
    )


def _experiment(preset: str) -> ExperimentConfig:
    """Returns what the preset says, but for the flags that are given."""
    asked = config_flags.given(ModelConfig)
    families.import_named(asked["family"])
    model = presets.model(preset, **asked)
    fields: dict[str, Any] = {
        **config_flags.given(OptimizerConfig),
        **config_flags.given(ExperimentConfig),
    }
    strategy = fields.get("strategy", ExperimentConfig.strategy)
    fields.setdefault("replicas", distribution.count_replicas(strategy))
    data_dir = fields.get("data_dir", ExperimentConfig.data_dir)
    fields["data_dir"] = os.path.abspath(os.path.expanduser(data_dir))
    source = agreement.source_of(fields["data_dir"], fields["game"])
    return presets.experiment(preset, model_config=model, recipe_of=source, **fields)


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()
