r"""What it costs to score all keys of a query: two-tower, packed and pair by pair.

    python -m benchmarks.scoring

Each row is a game and a model. *pair by pair* asks the cross-encoder's pair scorer for
each of the K keys, as a plain cross-encoder would; *packed* asks the all-keys scorer,
where all keys stand behind one query, for T + K positions in place of K (T + 1).
Scorers take turns, and the median of their times counts.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from absl import flags
from tqdm import tqdm

from benchmarks import compared_models
from benchmarks import table
from set_contrastive.base import command
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.training import presets

_GAMES = flags.DEFINE_list("games", ["union_27", "union_81"], "The games.")
_PRESET = flags.DEFINE_enum("preset", "laptop", presets.NAMES, "Sizes of the models.")
_QUERIES = flags.DEFINE_integer("queries", 512, "Queries scored together.")
_TURNS = flags.DEFINE_integer("turns", 15, "Turns of each scorer.")
_OUTPUT = table.output_flag()


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    rows = table.Table(
        "scoring",
        "What it costs to score all K keys of a query",
        "Median of turns; times_packed is to the packed cross-encoder.",
    )
    for name in _GAMES.value:
        game = registry.get(name)
        queries = game.sample(np.random.default_rng(0), _QUERIES.value)
        scorers = _scorers(game.spec, tf.constant(queries))
        times: dict[str, list[float]] = {label: [] for label in scorers}
        for turn in tqdm(range(1 + _TURNS.value), name, leave=False):
            for label, score in scorers.items():
                started = time.perf_counter()
                score()
                if turn:  # The first one traces.
                    times[label].append(time.perf_counter() - started)
        medians = {label: statistics.median(found) for label, found in times.items()}
        positions = game.spec.query_length + game.spec.num_keys
        for label, seconds in medians.items():
            rows.add(
                game=name,
                scorer=label,
                keys=game.spec.num_keys,
                positions=positions,
                ms=1e3 * seconds,
                queries_per_s=round(_QUERIES.value / seconds),
                times_packed=seconds / medians["cross_encoder, packed"],
            )
    rows.save(_OUTPUT.value, preset=_PRESET.value, queries=_QUERIES.value)


def _scorers(spec: Any, queries: Any) -> dict[str, Callable[[], Any]]:
    two_tower = families.build(spec, compared_models.model(_PRESET.value, "two_tower"))
    cross = families.build(spec, compared_models.model(_PRESET.value, "cross_encoder"))
    pairs = {
        "query": tf.repeat(queries, spec.num_keys, axis=0),
        "key": tf.tile(tf.range(spec.num_keys), [len(queries)]),
    }
    each = {"query": queries}
    calls = (
        ("two_tower", two_tower.all_keys_scorer, each),
        ("cross_encoder, packed", cross.all_keys_scorer, each),
        ("cross_encoder, pair by pair", cross.pair_scorer, pairs),
    )
    return {label: _compiled(model, inputs) for label, model, inputs in calls}


def _compiled(model: Any, inputs: Any) -> Callable[[], Any]:
    function = tf.function(lambda: model(inputs, training=False))
    return lambda: function().numpy()


if __name__ == "__main__":
    command.run(main)
