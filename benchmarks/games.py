r"""How many queries per second each game draws and answers on one core.

For example:

    python -m benchmarks.games
"""

import statistics
import time

import numpy as np
from absl import app
from absl import flags

from set_contrastive.games import registry

_QUERIES = flags.DEFINE_integer("queries", 100_000, "Queries of one repetition.")
_REPETITIONS = flags.DEFINE_integer("repetitions", 5, "Repetitions; the median counts.")


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    print(
        f"{'game':<12}{'sample and answer':>20}{'sample':>14}{'answer':>14}  a second"
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
        print(f"{name:<12}{rates[0]:>20,.0f}{rates[1]:>14,.0f}{rates[2]:>14,.0f}")


if __name__ == "__main__":
    app.run(main)
