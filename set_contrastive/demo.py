r"""From game to scored query: prepares, trains, evaluates, exports, scores and draws.

    python -m set_contrastive.demo --output=demo

Each step is a command that you could type yourself, and is shown before it runs.
Run again, the demo goes on from what is there.
"""

import pathlib

from absl import flags

from set_contrastive.base import command_line
from set_contrastive.engines import steps
from set_contrastive.reporting import demo_picture
from set_contrastive.studies import demo

_OUTPUT = flags.DEFINE_string("output", "demo", "Folder of everything the demo makes.")
_QUICK = flags.DEFINE_bool(
    "quick", False, "A simpler game (wildcard_27) that takes under three minutes."
)


def main(argv: list[str]) -> None:
    """Runs the demo."""
    del argv
    output = pathlib.Path(_OUTPUT.value)
    output.mkdir(parents=True, exist_ok=True)
    played = demo.QUICK if _QUICK.value else demo.FULL
    steps.run(demo.steps(played, output))
    print(f"\nThe picture: {demo_picture.draw(played, output)}")


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
