r"""Scores a query that you type with an exported scorer.

For example:

    python -m export.score --saved_model=exported/union_27/1 \
        --query="red-solid-circle green-*-square | ..."
"""

import json
import pathlib

from absl import flags

from set_contrastive import command  # isort: skip - Quiets TensorFlow before its import.
import tensorflow as tf
from google.protobuf import message
from tensorflow.core.protobuf import saved_model_pb2

from set_contrastive.errors import UserError
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
    try:
        spec = json.loads((folder / "assets.extra" / "game.json").read_text())
        model = tf.saved_model.load(str(folder))
    except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
        raise UserError(
            f"no scorer that this TensorFlow {tf.__version__} can read in "
            f"saved_model={folder}{_origin(folder)}: {error}"
        ) from error
    game = registry.get(spec["source"])
    query = game.parse(text)[None]
    (matches,) = game.answer(query)
    outputs = model.signatures["score_all"](query=tf.constant(query))
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


def _origin(folder: pathlib.Path) -> str:
    """Says which TensorFlow wrote a SavedModel, if there is one."""
    try:
        proto = saved_model_pb2.SavedModel.FromString(
            (folder / "saved_model.pb").read_bytes()
        )
    except (OSError, message.DecodeError):
        return ""
    versions = {graph.meta_info_def.tensorflow_version for graph in proto.meta_graphs}
    return f", written by TensorFlow {', '.join(sorted(versions))}"


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()
