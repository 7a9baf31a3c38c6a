r"""Writes the report of a study: a page, pictures and tables.

    python -m set_contrastive.report --workdir=runs/cards_27 --output=report

Open `report/index.html` in a browser; it needs nothing beside it. It also writes
`<study>.csv` with a row a cell, `<study>.json` and a PNG a figure, and `geometry.html`
with the results of the commands below set_contrastive.theory, if there are any.
"""

import pathlib

from absl import flags

from set_contrastive.base import command_line
from set_contrastive.reporting import document

_WORKDIR = flags.DEFINE_string(
    "workdir", None, "Folder of the study that was swept.", required=True
)
_STUDY = flags.DEFINE_string(
    "study",
    None,
    "Name of the study, if it is one of your own: what a folder names is not imported.",
)
_OUTPUT = flags.DEFINE_string("output", "report", "Folder that the report goes to.")
_THEORY = flags.DEFINE_string(
    "theory",
    "docs/results/theory",
    "Folder of the theory commands' results, for the page of what geometry allows.",
)


def main(argv: list[str]) -> None:
    """Writes the report and prints where it is."""
    del argv
    output = pathlib.Path(_OUTPUT.value)
    verdicts = document.write(
        pathlib.Path(_WORKDIR.value),
        output,
        pathlib.Path(_THEORY.value),
        _STUDY.value,
    )
    for found in verdicts:
        if found.is_finished:
            print(f"{found.game:<14} {found.model:<18} KL {found.kl_nats:.5f}")
    print(f"Open {output / 'index.html'}")


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
