r"""What d dimensions can retrieve of a game's subsets, at best.

    python -m set_contrastive.theory.capacity --game=union_27
    python -m set_contrastive.theory.capacity --game=shatter_27 --dims=4,8,16
    python -m set_contrastive.theory.capacity --game=union_81 --log2_subsets=46

By d it gives how many subsets of the K keys a dot product can rank first (Cover's
counting theorem), with and without a bias per key, and the share of the game's subsets
that this allows; then other bounds that are known, each with its source.
"""

import pathlib

from absl import flags

from set_contrastive.base import command_line
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.theory.capacity import figures
from set_contrastive.theory.capacity import report

_GAME = flags.DEFINE_string(
    "game",
    "union_27",
    f"The game: one of {', '.join(registry.names())}, or package.module:factory.",
)
_DIMS = flags.DEFINE_list("dims", None, "Dimensions d; 1 to K by default.")
_LOG2_SUBSETS = flags.DEFINE_float(
    "log2_subsets",
    None,
    "log2 of the number of the game's subsets, where they cannot be counted.",
)
_QUERIES = flags.DEFINE_integer(
    "queries", 2**14, "Random queries of a game that does not list its own."
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of the random queries.")
_OUTPUT = flags.DEFINE_string("output", "theory", "Folder of the table and picture.")


def main(argv: list[str]) -> None:
    """Prints the table and the facts, and says where they are."""
    del argv
    result = report.result(
        registry.get(_GAME.value),
        None if _DIMS.value is None else _dims(_DIMS.value),
        _LOG2_SUBSETS.value,
        _QUERIES.value,
        _SEED.value,
    )
    output = pathlib.Path(_OUTPUT.value)
    result.save(output, figures.figures(result))
    print(result.table())
    for fact in result.settings["facts"]:
        print(f"- {fact}")
    print(f"Wrote {output / result.name}.json")


def _dims(texts: list[str]) -> list[int]:
    try:
        return [int(text) for text in texts]
    except ValueError:
        raise UserError(
            f"dims must be whole numbers such as 4,8,16, got {','.join(texts)!r}"
        ) from None


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
