r"""Rank of a game's query-key matrix, and the dimension that retrieval needs.

    python -m set_contrastive.theory.rank
    python -m set_contrastive.theory.rank --decks=2x3,3x3,2x10
    python -m set_contrastive.theory.rank --game=wildcard_27

Without `--game` it takes decks of the game `shared` (attributes x values). For each it
gives the rank, and the smallest dimension d in which free vectors, one a query and one
a key, learn to rank the matching keys first.
"""

import pathlib

from absl import flags

from set_contrastive.base import command_line
from set_contrastive.games import registry
from set_contrastive.theory.rank import figures
from set_contrastive.theory.rank import report
from set_contrastive.theory.rank import retrieval

_DEFAULTS = retrieval.Training()
_GAME = flags.DEFINE_string(
    "game",
    None,
    f"A game in place of decks: one of {', '.join(registry.names())}, or "
    "package.module:factory.",
)
_DECKS = flags.DEFINE_string(
    "decks",
    ",".join(f"{a}x{v}" for a, v in report.STUDY_DECKS),
    "Decks of the shared game, attributes x values.",
)
_QUERIES = flags.DEFINE_integer(
    "queries", 2**14, "Random queries of a --game that does not list its own."
)
_STEPS = flags.DEFINE_integer("steps", _DEFAULTS.steps, "Steps of training a start.")
_RESTARTS = flags.DEFINE_integer(
    "restarts", _DEFAULTS.restarts, "Random starts of training a dimension."
)
_LEARNING_RATE = flags.DEFINE_float(
    "learning_rate", _DEFAULTS.learning_rate, "Learning rate of Adam."
)
_SEED = flags.DEFINE_integer("seed", _DEFAULTS.seed, "Seed of starts and queries.")
_OUTPUT = flags.DEFINE_string("output", "theory", "Folder of the table and picture.")


def main(argv: list[str]) -> None:
    """Prints the table and says where it is."""
    del argv
    training = retrieval.Training(
        steps=_STEPS.value,
        restarts=_RESTARTS.value,
        learning_rate=_LEARNING_RATE.value,
        seed=_SEED.value,
    )
    if _GAME.value is None:
        result = report.of_decks(report.parse_decks(_DECKS.value), training)
    else:
        game = registry.get(_GAME.value)
        result = report.of_game(game, _QUERIES.value, training)
    output = pathlib.Path(_OUTPUT.value)
    result.save(output, figures.figures(result))
    print(result.table())
    print(f"Wrote {output / result.name}.json")


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
