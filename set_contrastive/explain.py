r"""Which pair, card and attribute drives the score of a key, and is it the cause?

For example:

    python -m set_contrastive.explain --workdir=runs/union_27_d27 \
        --query="red-solid-circle green-*-square | ..." --key=blue-void-triangle \
        --output=explained
    python -m set_contrastive.explain --workdir=runs/union_27_d27,runs/union_27_d4 \
        --grade --num_queries=1000 --output=explained

The first draws the cards too. The second grades each method against the game, which
knows the pairs that truly give the key.
"""

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
from set_contrastive.configs import flags as config_flags
from set_contrastive.explaining import command as explaining
from set_contrastive.explaining.explain_config import ExplainConfig

config_flags.define(ExplainConfig)


def main(argv: list[str]) -> None:
    """Explains and prints."""
    del argv
    print(explaining.run(config_flags.read(ExplainConfig)))


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()
