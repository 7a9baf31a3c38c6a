r"""Trains and measures all cells of a study, side by side.

    python -m set_contrastive.sweep --study=cards_27 --workdir=runs/cards_27

A cell is one model on one game with one seed, in a run folder of its own; that of a
TrialStudy is one call of its function. The same command skips the cells that are
finished and goes on with those that were stopped.
"""

from set_contrastive.base import command_line
from set_contrastive.configs import flags as config_flags
from set_contrastive.engines import study_run
from set_contrastive.engines.sweep_config import SweepConfig

config_flags.define(SweepConfig)


def main(argv: list[str]) -> None:
    """Runs the study."""
    del argv
    study_run.run(config_flags.read(SweepConfig))


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
