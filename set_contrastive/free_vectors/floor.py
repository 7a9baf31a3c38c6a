"""The least KL found of a game and a dimension, as a row of the table."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from set_contrastive.base.errors import UserError
from set_contrastive.free_vectors import queries
from set_contrastive.free_vectors import search
from set_contrastive.free_vectors.queries import Keys
from set_contrastive.games import distinct_subsets
from set_contrastive.games.game import Game

# More keys make the search slow: its Hessian has (d + 1) (K - 1 - d) rows.
MAX_KEYS = 128

# Keeps a share of nothing a number.
_SMALLEST = 1e-300


def held_out_kl(game: Game, keys: Keys, num_queries: int) -> float | None:
    """Returns the mean least KL of queries that keys were not fitted to.

    The queries are the first of the validation split's.

    Returns:
      The KL, or None if the game lists its queries, so that none is held out.
    """
    if game.spec.exhaustive:
        return None
    fresh = distinct_subsets.of_split(game, num_queries, "validation")
    found = queries.solve(keys, fresh.truth, 0.0, None, search.LAST_TOLERANCE)
    return float(fresh.weights @ found.kl_nats)


def find(
    game: Game,
    dim: int,
    settings: search.Settings,
    on_stage: Callable[[search.Stage], None] = lambda _: None,
    first: int = 0,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Finds the least KL that vectors of a dimension reach.

    `on_stage` is called after each ridge of each search; those before `first` have been
    made already.

    Returns:
      A row of the table, and the rows of its paths.

    Raises:
      UserError: If the dimension is less than 1, or the game has too many keys.
    """
    if dim < 1:
        raise UserError(f"dims must be at least 1, got {dim}")
    if not 2 <= game.spec.num_keys <= MAX_KEYS:
        raise UserError(
            f"game must have 2 to {MAX_KEYS} keys, got {game.spec.name} with "
            f"{game.spec.num_keys}"
        )
    began = time.perf_counter()
    subsets = distinct_subsets.of_split(game, settings.num_queries)
    ends = [
        search.search(subsets, dim, restart, settings, on_stage)
        for restart in range(first, settings.restarts)
    ]
    best = min(ends, key=lambda end: end.kl_nats)
    # The last stage stands without ridge, so those of the last decade are before it.
    moderate, before, after = best.path[0], best.path[-3], best.path[-2]
    row = {
        "game": game.spec.name,
        "vector_dim": dim,
        "kl_nats": best.kl_nats,
        "spread": max(end.kl_nats for end in ends) - best.kl_nats,
        "restarts": settings.restarts,
        "held_out_kl_nats": held_out_kl(game, best.keys, settings.num_queries),
        "rms_score": best.path[-1].rms_score,
        "last_decade": 1.0 - after.kl_nats / max(before.kl_nats, _SMALLEST),
        "moderate_kl_nats": moderate.kl_nats,
        "moderate_rms_score": moderate.rms_score,
        "inner_gap": best.inner_gap,
        "gradient_norm": best.gradient_norm,
        "keys_gradient_norm": best.keys_gradient_norm,
        "curvature": best.curvature,
        "seconds": round(time.perf_counter() - began, 1),
    }
    where = {"game": game.spec.name, "vector_dim": dim}
    paths = [
        where | {"restart": restart} | dataclasses.asdict(stage)
        for restart, end in enumerate(ends, first)
        for stage in end.path
    ]
    return row, paths
