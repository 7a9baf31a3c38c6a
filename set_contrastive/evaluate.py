r"""Measures a trained scorer on a split; writes metrics.json and prints a table.

For example:

    python -m set_contrastive.evaluate --workdir=runs/union_27_d27 --split=test
"""

import dataclasses
from typing import Any, Literal

from set_contrastive.base import command
from set_contrastive.configs import flags as config_flags
from set_contrastive.models import families
from set_contrastive.runs import experiment


@dataclasses.dataclass(frozen=True)
class EvaluateConfig:
    """What to measure."""

    # Folder of the run.
    workdir: str
    # The split to measure on.
    split: Literal["train", "validation", "test"] = "test"
    # Where the data sets are, if they have moved since training.
    data_dir: str | None = None
    # The game, for one of your own as package.module:factory: checks that the data
    # follow its rules, which are not imported because a file names them.
    game: str | None = None
    # The model's family, for one of your own as package.module:FAMILY, which is not
    # imported because a file names it.
    model: str | None = None


config_flags.define(EvaluateConfig)


def main(argv: list[str]) -> None:
    """Evaluates and prints."""
    del argv
    asked = dataclasses.asdict(config_flags.read(EvaluateConfig))
    families.import_named(asked.pop("model"))
    print(format_table(experiment.evaluate(**asked)))


def format_table(measures: dict[str, Any]) -> str:
    """Returns the measures of all queries and by size of the subset as a table."""
    lines = [
        f"{'subset size':>11} {'queries':>8} {'KL (nats)':>10} "
        f"{'overlap':>8} {'entropy (bits)':>15}"
    ]
    rows = {**measures["by_subset_size"], "all": measures}
    for name, row in rows.items():
        lines.append(
            f"{name:>11} {row['num_queries']:>8} {row['kl_nats']:>10.5f} "
            f"{row['top_k_overlap']:>8.4f} {row['entropy_bits']:>15.3f}"
        )
    lines.append(
        f"{measures['num_params']:,} parameters, {measures['split']} split, "
        f"step {measures['step']}"
    )
    return "\n".join(lines)


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()
