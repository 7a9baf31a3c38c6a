r"""How many queries per second each game draws and answers on one core.

For example:

    python -m benchmarks.games
"""

import statistics
import time

import numpy as np
from absl import flags

from benchmarks import table
from set_contrastive.base import command_line
from set_contrastive.games import registry

_QUERIES = flags.DEFINE_integer("queries", 100_000, "Queries of one repetition.")
_REPETITIONS = flags.DEFINE_integer("repetitions", 5, "Repetitions; the median counts.")
_OUTPUT = table.output_flag()


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    rows = table.Table(
        "games",
        "How many queries a second a game draws and answers",
        "One core; the median of the repetitions.",
    )
    for name in registry.names():
        game = registry.get(name)
        game.answer(game.sample(np.random.default_rng(0), 1))  # Fills the tables.
        both, samples, answers = [], [], []
        for repetition in range(_REPETITIONS.value):
            rng = np.random.default_rng(repetition)
            start = time.perf_counter()
            queries = game.sample(rng, _QUERIES.value)
            middle = time.perf_counter()
            game.answer(queries)
            end = time.perf_counter()
            both.append(end - start)
            samples.append(middle - start)
            answers.append(end - middle)
        rates = [
            _QUERIES.value / statistics.median(t) for t in (both, samples, answers)
        ]
        columns = ("sampled_and_answered_per_s", "sampled_per_s", "answered_per_s")
        rows.add(game=name, **dict(zip(columns, map(round, rates), strict=True)))
    rows.save(_OUTPUT.value, queries=_QUERIES.value, repetitions=_REPETITIONS.value)


if __name__ == "__main__":
    command_line.run(main)
