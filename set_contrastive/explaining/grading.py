"""How often the best pair of a method is one that truly gives the key."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.explaining.attributions import INTEGRATED
from set_contrastive.explaining.attributions import Attributor
from set_contrastive.explaining.explain_config import ExplainConfig
from set_contrastive.explaining.gradients import Keys
from set_contrastive.explaining.subject import Subject
from set_contrastive.games import pairs
from set_contrastive.games import splits
from set_contrastive.games.game import Game
from set_contrastive.games.game import Queries
from set_contrastive.runs import metrics

_CHUNK = 100
_SILENT_S = 10.0

_CLAIM = (
    "best_pair_true is the share of the queries whose pair of the largest attribution "
    "truly gives the key, an estimate with standard_error; chance is the exact share "
    "of true pairs among the pairs of these queries, and the oracle, which knows the "
    "game, has 1. incomplete is the share of integrated gradients that do not add up "
    "to the tolerance."
)


def grade(subjects: Iterable[Subject], config: ExplainConfig) -> Result:
    """Grades scorers of one game or of several.

    Args:
      subjects: The scorers.
      config: Number of queries, seed and method.

    Raises:
      UserError: If a game's queries have fewer than two pairs, or no method fits.
    """
    rows: list[dict[str, Any]] = []
    names = set()
    for subject in subjects:
        rows.extend(_grade_one(subject, config))
        names.add(subject.game.spec.name)
    game = "_".join(sorted(names))
    return Result(
        name=f"grade_{game}_{config.explained}",
        title=f"Do explanations of the {config.explained} point at the cause? {game}",
        claim=_CLAIM,
        rows=tuple(rows),
        settings={
            "num_queries": config.num_queries,
            "seed": config.seed,
            "explained": config.explained,
            "baseline": config.baseline,
            "tolerance": config.tolerance,
        },
    )


def _grade_one(subject: Subject, config: ExplainConfig) -> list[dict[str, Any]]:
    game = subject.game
    if pairs.count(game.spec) < 2:
        raise UserError(
            "--grade needs queries of two or more pairs, one of which gives the key, "
            f"got {game.spec.name}"
        )
    queries, keys = draw(game, config.num_queries, config.seed)
    true = pairs.true_pairs(game, queries, keys)
    attribute = Attributor(subject, config.explained, config.baseline, config.tolerance)
    hits: dict[str, list[npt.NDArray[np.bool_]]] = {}
    complete = []
    with tqdm(
        total=len(queries), desc=subject.title, unit="query", delay=_SILENT_S
    ) as bar:
        for first in range(0, len(queries), _CHUNK):
            some = slice(first, first + _CHUNK)
            found = attribute(queries[some], keys[some])
            for method, values in found.by_pair.items():
                best = values.argmax(axis=1)[:, None]
                hit = np.take_along_axis(true[some], best, axis=1)[:, 0]
                hits.setdefault(method, []).append(hit)
            if found.integrated is not None:
                complete.append(found.integrated.complete)
            bar.update(len(queries[some]))
    kl_nats = metrics.kl_nats(subject.score(queries), game.answer(queries)).mean()
    incomplete = 1.0 - float(np.concatenate(complete).mean()) if complete else None
    return [
        {
            "model": subject.title,
            "vector_dim": subject.vector_dim,
            "kl_nats": round(float(kl_nats), 5),
            "method": method,
            "best_pair_true": (share := float(np.concatenate(parts).mean())),
            "standard_error": math.sqrt(share * (1 - share) / len(queries)),
            "chance": float(true.mean()),
            "oracle": 1.0,
            "queries": len(queries),
            "incomplete": incomplete if method == INTEGRATED else None,
        }
        for method, parts in hits.items()
    ]


def draw(game: Game, num_queries: int, seed: int) -> tuple[Queries, Keys]:
    """Draws distinct queries, and a key of each uniformly from those that match it.

    Args:
      game: The game.
      num_queries: How many; all queries of a game that has fewer and lists them.
      seed: Of queries and keys.

    Returns:
      Queries `[n, T]` and keys `[n]`.
    """
    rng = np.random.default_rng((seed, 1))
    queries = splits.draw_queries(game, num_queries, seed)
    if len(queries) > num_queries:
        queries = queries[rng.choice(len(queries), num_queries, replace=False)]
    mask = game.answer(queries)
    chances = np.where(mask, rng.random(mask.shape), -1.0)
    return queries, chances.argmax(axis=1)
