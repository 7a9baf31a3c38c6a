r"""Counts the distinct key subsets that a game can ask for.

    python -m set_contrastive.theory.subsets --game=union_27
    python -m set_contrastive.theory.subsets --game=symdiff_27 --seen=10000000
    python -m set_contrastive.theory.subsets --game=union_81 --estimate

The counts are exact, by number of pairs. `--seen` adds how many stand in so many random
queries. Where there are too many keys to count, `--estimate` gives estimates with 95 %
confidence intervals; where counts are exact too, it shows how good estimates are.
"""

import pathlib

from absl import flags

from set_contrastive.base import command_line
from set_contrastive.games import registry
from set_contrastive.theory.subsets import figures
from set_contrastive.theory.subsets import report

_DEFAULTS = report.Options()
_GAME = flags.DEFINE_string(
    "game",
    "union_27",
    f"The game: one of {', '.join(registry.names())}, or package.module:factory.",
)
_SEEN = flags.DEFINE_integer(
    "seen",
    _DEFAULTS.seen,
    "Random queries whose distinct subsets are counted; 0 for none. The study of 2021 "
    "drew 10000000.",
)
_ESTIMATE = flags.DEFINE_bool(
    "estimate", _DEFAULTS.estimate, "Estimate the number of subsets from samples."
)
_QUERIES = flags.DEFINE_integer(
    "queries",
    _DEFAULTS.queries,
    "With --estimate: random queries of each of capture-recapture's two samples.",
)
_SAMPLES = flags.DEFINE_integer(
    "samples", _DEFAULTS.samples, "With --estimate: queries of the unbiased estimate."
)
_SEED = flags.DEFINE_integer("seed", _DEFAULTS.seed, "Seed of the random queries.")
_OUTPUT = flags.DEFINE_string("output", "theory", "Folder of the table and picture.")


def main(argv: list[str]) -> None:
    """Prints the table and says where it is."""
    del argv
    options = report.Options(
        estimate=_ESTIMATE.value,
        queries=_QUERIES.value,
        samples=_SAMPLES.value,
        seen=_SEEN.value,
        seed=_SEED.value,
    )
    result = report.result(registry.get(_GAME.value), options)
    output = pathlib.Path(_OUTPUT.value)
    result.save(output, figures.figures(result))
    print(result.table())
    print(f"Wrote {output / result.name}.json")


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()
