r"""Measures a trained scorer on a split; writes metrics.json and prints a table.

For example:

    python -m set_contrastive.evaluate --workdir=runs/union_27_d27 --split=test
"""

from typing import Any

from absl import flags

from set_contrastive.base import command
from set_contrastive.runs import experiment

_WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run.", required=True)
_SPLIT = flags.DEFINE_enum(
    "split", "test", ["train", "validation", "test"], "The split to measure on."
)
_DATA_DIR = flags.DEFINE_string(
    "data_dir", None, "Where the data sets are, if they have moved since training."
)
_GAME = flags.DEFINE_string(
    "game",
    None,
    "The game, for one of your own as package.module:factory: checks that the data "
    "follow its rules, which are not imported because a file names them.",
)


def main(argv: list[str]) -> None:
    """Evaluates and prints."""
    del argv
    measures = experiment.evaluate(
        _WORKDIR.value, _SPLIT.value, _DATA_DIR.value, _GAME.value
    )
    print(format_table(measures))


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
