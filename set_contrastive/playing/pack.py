r"""Makes the models that ship with the page of run folders.

    python -m set_contrastive.playing.pack --output=set_contrastive/playing/models \
        --workdir=runs/d4,runs/d8,runs/d16,runs/d27

It prints what each takes, and what float16 costs in KL, on queries that no split has.
"""

import dataclasses
import pathlib

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
import numpy as np

from set_contrastive.configs import flags as config_flags
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.playing import shipped
from set_contrastive.runs import experiment
from set_contrastive.runs import metrics
from set_contrastive.runs import scoring


@dataclasses.dataclass(frozen=True)
class PackConfig:
    """Which runs, and where to."""

    # Run folders, with commas between them.
    workdir: tuple[str, ...]
    # Folder that the models go to.
    output: str = str(shipped.FOLDER)
    # Number of queries that KL is measured on.
    num_queries: int = 5120


def main(argv: list[str]) -> None:
    """Packs each run and prints a line for it."""
    del argv
    config = config_flags.read(PackConfig)
    output = pathlib.Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    for workdir in config.workdir:
        print(pack(workdir, output, config.num_queries), flush=True)


def pack(workdir: str, output: pathlib.Path, num_queries: int) -> str:
    """Writes one model and returns a line: its bytes, and KL before and after.

    Raises:
      UserError: If there is no run that can be read.
    """
    run = experiment.load(workdir)
    game = registry.from_file(run.spec.source, f"workdir={workdir}")
    queries = game.sample(np.random.default_rng(shipped.QUERIES_SEED), num_queries)
    mask = game.answer(queries)
    model = run.scorer.all_keys_scorer
    label = families.get(run.config.model.family).label_of(run.config.model)
    name = f"{run.spec.name}-{label}"
    packed = shipped.Shipped(
        output / f"{name}.npz", run.config.model, run.spec, 0.0, _origin(run.config)
    )
    before = float(metrics.kl_nats(scoring.build(model)(queries), mask).mean())
    shipped.write(packed, model)
    shipped.restore(model, packed.weights)
    after = float(metrics.kl_nats(scoring.build(model)(queries), mask).mean())
    shipped.write(dataclasses.replace(packed, kl_nats=after), model)
    return (
        f"{name}: {packed.weights.stat().st_size:,} bytes, {model.count_params():,} "
        f"parameters, KL {before:.7f} in float32, {after:.7f} in float16, "
        f"{after - before:+.7f}"
    )


def _origin(config: ExperimentConfig) -> str:
    optimizer = config.optimizer
    return (
        f"{config.steps} steps of {config.batch_size} queries, {config.objective}, "
        f"{optimizer.optimizer} {optimizer.learning_rate:g}, seed {config.seed}"
    )


config_flags.define(PackConfig)

if __name__ == "__main__":
    command.run(main)
