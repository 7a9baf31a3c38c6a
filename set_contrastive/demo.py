r"""From game to scored query: prepares, trains, evaluates, exports, scores and draws.

    python -m set_contrastive.demo --output=demo

Each step is a command that you could type yourself, and is shown before it runs.
Run again, the demo goes on from what is there.
"""

import dataclasses
import pathlib

from set_contrastive.base import command_line
from set_contrastive.configs import flags as config_flags
from set_contrastive.engines import steps
from set_contrastive.reporting import demo_picture
from set_contrastive.studies import demo
from set_contrastive.studies import demo_steps


@dataclasses.dataclass(frozen=True)
class DemoConfig:
    """What the demo plays, and where it writes."""

    # Folder of everything the demo makes.
    output: str = "demo"
    # A simpler game (wildcard_27) that takes one to two and a half minutes.
    quick: bool = False


config_flags.define(DemoConfig)


def main(argv: list[str]) -> None:
    """Runs the demo."""
    del argv
    config = config_flags.read(DemoConfig)
    output = pathlib.Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    played = demo.QUICK if config.quick else demo.FULL
    steps.run(demo_steps.steps(played, output))
    print(f"\nThe picture: {demo_picture.draw(played, output)}")


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
