"""Counts the distinct key subsets that a game can ask for.

    python -m set_contrastive.theory.subsets --game=union_27
    python -m set_contrastive.theory.subsets --game=symdiff_27 --seen=10000000
    python -m set_contrastive.theory.subsets --game=union_81 --estimate

The counts are exact, by number of pairs. `--seen` adds how many stand in so many random
queries. Where there are too many keys to count, `--estimate` gives estimates with 95 %
confidence intervals; where counts are exact too, it shows how good estimates are.
"""

import dataclasses
import math
import pathlib
import time
from typing import Any

import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.games import registry
from set_contrastive.games.game import Game
from set_contrastive.studies import cards_27
from set_contrastive.theory import tool
from set_contrastive.theory.counting import drawn
from set_contrastive.theory.counting import exact
from set_contrastive.theory.counting import figures
from set_contrastive.theory.counting import key_words
from set_contrastive.theory.counting import kinds
from set_contrastive.theory.counting import multiplicity
from set_contrastive.theory.counting import pairs
from set_contrastive.theory.counting import recapture


@dataclasses.dataclass(frozen=True)
class Options:
    """What to count."""

    # The game.
    game: str = "union_27"
    # Random queries whose distinct subsets are counted; 0 for none. The study of 2021
    # drew 10000000.
    seen: int = 0
    # Whether to estimate the number of subsets from samples.
    estimate: bool = False
    # With --estimate: random queries of each of capture-recapture's two samples.
    queries: int = 1_000_000
    # With --estimate: queries of the unbiased estimate.
    samples: int = 2_000
    # Seed of the random queries.
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("queries", 1), ("samples", 2), ("seen", 0)):
            value = getattr(self, name)
            if value < least:
                raise UserError(f"{name} must be at least {least}, got {value}")


def compute(options: Options, output: pathlib.Path) -> tuple[Result]:
    """Returns the table of a game."""
    del output
    return (result(registry.get(options.game), options),)


def result(game: Game, options: Options) -> Result:
    """Returns the table of a game.

    Raises:
      UserError: If the game's subsets cannot be counted and no estimate is asked for.
    """
    if not options.estimate:
        exact.check(game)
    rows = [
        _row(game, count.pairs, kinds.EXACT, count.subsets, count.seconds)
        for count in _exact_counts(game, options)
    ]
    fold = pairs.of_game(game)
    if options.estimate:
        if fold and fold.uniform and not fold.symmetric_difference:
            known = max((row["pairs"] for row in rows), default=0)
            rows += _unbiased(game, fold, options, known)
        rows += _capture_recapture(game, options)
    if options.seen:
        rows.append(_seen(game, options))
    used = dict.fromkeys(row["kind"] for row in rows)
    columns = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    return Result(
        name=f"subsets_{game.spec.name}",
        title=f"Distinct key subsets of {game.spec.name} ({game.spec.num_keys} keys)",
        claim="; ".join(f"{kind}: {kinds.CLAIMS[kind]}" for kind in used),
        rows=tuple({name: row[name] for name in columns} for row in rows),
        settings=dataclasses.asdict(options) | {"game": game.spec.source},
    )


def _exact_counts(game: Game, options: Options) -> list[exact.Count]:
    try:
        return list(exact.counts(game))
    except UserError:
        if not options.estimate:
            raise
        return []


def _row(
    game: Game,
    number: int | None,
    kind: str,
    value: float,
    seconds: float,
    interval: tuple[float, float] | tuple[None, None] = (None, None),
) -> dict[str, Any]:
    low, high = interval
    return {
        "pairs": number,
        "kind": kind,
        "subsets": value,
        "log2_subsets": math.log2(value),
        "share_of_all": value / (2**game.spec.num_keys - 1),
        "low": low,
        "high": high,
        "queries": None,
        "study_log2": None,
        "seconds": seconds,
    }


def _unbiased(
    game: Game, fold: pairs.PairFold, options: Options, known: int
) -> list[dict[str, Any]]:
    """Estimates what is not counted; the game itself if all is, to compare them."""
    rows = []
    for number in range(min(known + 1, fold.num_pairs), fold.num_pairs + 1):
        start = time.perf_counter()
        shorter = dataclasses.replace(fold, num_pairs=number)
        found = multiplicity.estimate(shorter, options.seed, options.samples)
        seconds = time.perf_counter() - start
        interval = (found.low, found.high)
        row = _row(game, number, kinds.UNBIASED, found.value, seconds, interval)
        rows.append(row | {"queries": found.num_samples})
    return rows


def _num_pairs(game: Game) -> int | None:
    fold = pairs.of_game(game)
    return fold.num_pairs if fold else None


def _capture_recapture(game: Game, options: Options) -> list[dict[str, Any]]:
    start = time.perf_counter()
    samples = [
        drawn.words(game, options.queries, seed)
        for seed in (options.seed, options.seed + 1)
    ]
    first, second = (len(key_words.distinct(sample)[0]) for sample in samples)
    _, times = key_words.distinct(np.concatenate(samples))
    in_both = first + second - len(times)
    seconds = time.perf_counter() - start
    found = (
        (kinds.CHAPMAN, recapture.chapman(first, second, in_both)),
        (kinds.CHAO, recapture.chao1(times)),
    )
    return [
        _row(game, _num_pairs(game), kind, it.value, seconds, (it.low, it.high))
        | {"queries": 2 * options.queries}
        for kind, it in found
    ]


def _seen(game: Game, options: Options) -> dict[str, Any]:
    start = time.perf_counter()
    seen = drawn.count_seen(game, options.seen, options.seed)
    seconds = time.perf_counter() - start
    row = _row(game, _num_pairs(game), kinds.SEEN, seen, seconds)
    known = cards_27.STUDY.subsets_log2.get(game.spec.name)
    return row | {"queries": options.seen, "study_log2": known}


TOOL = tool.Tool(
    "subsets",
    Options,
    compute,
    figures.figures,
    (
        tool.Topic(
            "How many subsets a game asks for",
            "Distinct subsets of the keys by the number of pairs of a query.",
            "subsets",
        ),
    ),
    hints=tool.GAME_HINT,
)

if __name__ == "__main__":
    tool.run(TOOL)
