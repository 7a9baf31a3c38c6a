r"""Scores a query that you type with an exported scorer.

For example:

    python -m export.score --saved_model=exported/union_27/1 \
        --query="red-solid-circle green-*-square | ..."
"""

import dataclasses
import pathlib

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
import tensorflow as tf

from export import exported_scorer
from set_contrastive.configs import flags as config_flags
from set_contrastive.configs.checks import check_at_least
from set_contrastive.games import registry


@dataclasses.dataclass(frozen=True)
class ScoreConfig:
    """What to score, and with which scorer."""

    # Folder of one version of an exported scorer.
    saved_model: str
    # The query's text, such as 'red-solid-circle green-*-square | ...'.
    query: str
    # How many keys to show.
    top: int = 10
    # The game, for one of your own as package.module:factory, which is not imported
    # because a file names it.
    game: str | None = None

    def __post_init__(self) -> None:
        check_at_least(self, 1, "top")


config_flags.define(ScoreConfig)


def main(argv: list[str]) -> None:
    """Scores the query and prints the best keys."""
    del argv
    config = config_flags.read(ScoreConfig)
    folder = pathlib.Path(config.saved_model)
    print(score_text(folder, config.query, config.top, config.game))


def score_text(
    folder: pathlib.Path, text: str, top: int, named: str | None = None
) -> str:
    """Returns a table of the best keys of a query.

    Args:
      folder: One version of an exported scorer.
      text: The query.
      top: Number of keys to show.
      named: The game as the user names it; one of her own is imported only then.

    Raises:
      UserError: If there is no exported scorer, its game is one of somebody's own that
        the user has not named, or the text is no query of it.
    """
    scorer = exported_scorer.load(folder)
    where = f"saved_model={folder}"
    game = registry.from_file(scorer.spec.source, where, named)
    query = game.parse(text)[None]
    (matches,) = game.answer(query)
    outputs = scorer.signatures["score_all"](query=tf.constant(query))
    probabilities = outputs["probabilities"].numpy()[0]
    width = max(map(len, game.keys))
    lines = [f"{'key':<{width}}  probability  matches"]
    for key in (-probabilities).argsort(kind="stable")[:top]:
        lines.append(
            f"{game.keys[key]:<{width}}  {probabilities[key]:>11.4f}  "
            f"{'yes' if matches[key] else 'no'}"
        )
    best = (-probabilities).argsort(kind="stable")[: matches.sum()]
    lines.append(
        f"{int(matches[best].sum())} of the {int(matches.sum())} matching keys are "
        f"among the best {int(matches.sum())}"
    )
    return "\n".join(lines)


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()
