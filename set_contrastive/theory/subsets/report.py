"""The table of a game's subsets: exact counts, what random queries show, estimates."""

import dataclasses
import math
import time
from typing import Any

import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import Game
from set_contrastive.studies import cards_27
from set_contrastive.theory.result import Result
from set_contrastive.theory.subsets import counting
from set_contrastive.theory.subsets import key_words
from set_contrastive.theory.subsets import multiplicity
from set_contrastive.theory.subsets import pairs
from set_contrastive.theory.subsets import recapture
from set_contrastive.theory.subsets import sampling

EXACT = "exact"
UNBIASED = "estimate, unbiased"
CHAO = "lower bound, Chao"
CHAPMAN = "capture-recapture, Chapman"
SEEN = "seen in random queries"

_CLAIMS = {
    EXACT: "counted, the empty subset left out",
    UNBIASED: "an estimate with a 95 % confidence interval",
    CHAPMAN: "an estimate with a 95 % confidence interval, both too low, for it takes "
    "all subsets to be equally likely and they are not",
    CHAO: "an estimate, with its 95 % confidence interval, of a lower bound",
    SEEN: "a count of what was drawn, so a lower bound",
}


@dataclasses.dataclass(frozen=True)
class Options:
    """What to compute beside exact counts.

    Attributes:
      estimate: Whether to estimate what cannot be counted.
      queries: Random queries of each of the two samples of capture-recapture.
      samples: Random queries of the unbiased estimate.
      seen: Random queries whose distinct subsets are counted; 0 for none.
      seed: Of all random queries.
    """

    estimate: bool = False
    queries: int = 1_000_000
    samples: int = 2_000
    seen: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("queries", 1), ("samples", 2), ("seen", 0)):
            value = getattr(self, name)
            if value < least:
                raise UserError(f"{name} must be at least {least}, got {value}")


def result(game: Game, options: Options) -> Result:
    """Returns the table of a game.

    Raises:
      UserError: If the game's subsets cannot be counted and no estimate is asked for.
    """
    if not options.estimate:
        counting.check(game)
    rows = [_exact(game, count) for count in _exact_counts(game, options)]
    fold = pairs.of_game(game)
    if options.estimate:
        if fold and fold.uniform and not fold.symmetric_difference:
            rows += _unbiased(game, fold, options, _whole_pairs(rows))
        rows += _capture_recapture(game, options)
    if options.seen:
        rows.append(_seen(game, options))
    kinds = dict.fromkeys(row["kind"] for row in rows)
    used = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    return Result(
        name=f"subsets_{game.spec.name}",
        title=f"Distinct key subsets of {game.spec.name} ({game.spec.num_keys} keys)",
        claim="; ".join(f"{kind}: {_CLAIMS[kind]}" for kind in kinds),
        rows=tuple({name: row[name] for name in used} for row in rows),
        settings={"game": game.spec.source, **dataclasses.asdict(options)},
    )


def _exact_counts(game: Game, options: Options) -> list[counting.Count]:
    try:
        return list(counting.counts(game))
    except UserError:
        if not options.estimate:
            raise
        return []


def _whole_pairs(rows: list[dict[str, Any]]) -> int:
    """Returns the number of pairs up to which exact counts are known."""
    return max((row["pairs"] for row in rows if row["pairs"]), default=0)


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


def _exact(game: Game, count: counting.Count) -> dict[str, Any]:
    return _row(game, count.pairs, EXACT, count.subsets, count.seconds)


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
        row = _row(game, number, UNBIASED, found.value, seconds, interval)
        rows.append(row | {"queries": found.num_samples})
    return rows


def _num_pairs(game: Game) -> int | None:
    fold = pairs.of_game(game)
    return fold.num_pairs if fold else None


def _capture_recapture(game: Game, options: Options) -> list[dict[str, Any]]:
    start = time.perf_counter()
    samples = [
        sampling.draw(game, options.queries, seed)
        for seed in (options.seed, options.seed + 1)
    ]
    first, second = (len(key_words.distinct(sample)[0]) for sample in samples)
    _, times = key_words.distinct(np.concatenate(samples))
    in_both = first + second - len(times)
    seconds = time.perf_counter() - start
    found = (
        (CHAPMAN, recapture.chapman(first, second, in_both)),
        (CHAO, recapture.chao1(times)),
    )
    return [
        _row(game, _num_pairs(game), kind, it.value, seconds, (it.low, it.high))
        | {"queries": 2 * options.queries}
        for kind, it in found
    ]


def _seen(game: Game, options: Options) -> dict[str, Any]:
    start = time.perf_counter()
    seen = sampling.count_seen(game, options.seen, options.seed)
    seconds = time.perf_counter() - start
    row = _row(game, _num_pairs(game), SEEN, seen, seconds)
    known = cards_27.STUDY.subsets_log2.get(game.spec.name)
    return row | {"queries": options.seen, "study_log2": known}
