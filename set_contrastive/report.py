r"""Writes the report of a study: a page, pictures and tables.

    python -m set_contrastive.report --workdir=runs/cards_27 --output=report

Open `report/index.html` in a browser; it needs nothing beside it. It also writes
`<study>.csv` with one row for each cell, `<study>.json`, a PNG of each figure, and
`geometry.html` with the results of the commands below set_contrastive.theory, if there
are any.
"""

import dataclasses
import pathlib

from set_contrastive.base import command_line
from set_contrastive.configs import flags as config_flags
from set_contrastive.reporting import document


@dataclasses.dataclass(frozen=True)
class ReportConfig:
    """What to report, and where to."""

    # Folder of the study that was swept.
    workdir: str
    # Name of the study, if it is one of your own: what a folder names is not imported.
    study: str | None = None
    # Folder that the report goes to.
    output: str = "report"
    # Folder of the theory commands' results, for the page of what geometry allows.
    theory: str = "docs/results/theory"


config_flags.define(ReportConfig)


def main(argv: list[str]) -> None:
    """Writes the report and prints where it is."""
    del argv
    config = config_flags.read(ReportConfig)
    output = pathlib.Path(config.output)
    lines = document.write(
        pathlib.Path(config.workdir), output, pathlib.Path(config.theory), config.study
    )
    print(*lines, f"Open {output / 'index.html'}", sep="\n")


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
