r"""Scores a query that you type with an exported scorer.

For example:

    python -m export.score --saved_model=exported/union_27/1 \
        --query="red-solid-circle green-*-square | ..."
"""

import pathlib

from absl import flags

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
import tensorflow as tf

from export import exported_scorer
from set_contrastive.games import registry

_SAVED_MODEL = flags.DEFINE_string(
    "saved_model",
    None,
    "Folder of one version of an exported scorer.",
    required=True,
)
_QUERY = flags.DEFINE_string(
    "query",
    None,
    "The query's text, such as 'red-solid-circle green-*-square | ...'.",
    required=True,
)
_TOP = flags.DEFINE_integer("top", 10, "How many keys to show.", lower_bound=1)


def main(argv: list[str]) -> None:
    """Scores the query and prints the best keys."""
    del argv
    print(score_text(pathlib.Path(_SAVED_MODEL.value), _QUERY.value, _TOP.value))


def score_text(folder: pathlib.Path, text: str, top: int) -> str:
    """Returns a table of the best keys of a query.

    Args:
      folder: One version of an exported scorer.
      text: The query.
      top: Number of keys to show.

    Raises:
      UserError: If there is no exported scorer, or the text is no query of its game.
    """
    scorer = exported_scorer.load(folder)
    game = registry.get(scorer.spec.source)
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
