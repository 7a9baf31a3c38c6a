r"""Opens a page in which one sees a vector run out of dimensions.

    python -m set_contrastive.play
    python -m set_contrastive.play --port=7861 --workdir=runs/cards_27
    python -m set_contrastive.play --saved_models=exported/d4/1,exported/d27/1

It prints the page's address; open it in a browser of the same machine. The first shows
small models that ship with the package. Needs `pip install 'set_contrastive[play]'`.
"""

from set_contrastive.base import command_line
from set_contrastive.configs import flags as config_flags
from set_contrastive.playing import server
from set_contrastive.playing.play_config import PlayConfig

config_flags.define(PlayConfig)


def main(argv: list[str]) -> None:
    """Serves the page until it is stopped."""
    del argv
    server.serve(config_flags.read(PlayConfig))


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
