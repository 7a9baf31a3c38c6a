"""The table of the least KLs found for several vectors of a key, cell by cell."""

import dataclasses
import pathlib
import time
from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.free_vectors import late_training
from set_contrastive.free_vectors.late_training import Settings
from set_contrastive.games import distinct_subsets
from set_contrastive.games import registry
from set_contrastive.games.game import Game
from set_contrastive.theory.floors import one_vector

NAME = "free_embedding_late"
_CLAIM = (
    "kl_nats is the least found, an upper bound of the floor: the training of several "
    "vectors is not convex, and no part of it is solved or certified, unlike that of "
    "one vector. spread is how far the worst start ended above it. overlap is the "
    "share of the best-scored keys that match. floats_per_key is vectors_per_key times "
    "vector_dim, and one_vector_kl_nats the least found for one vector of as many "
    "floats, where the output holds it. That dimension 2 and enough vectors of a key "
    "reach 0 in every game is known (free_vectors/max_sim.py)."
)


@dataclasses.dataclass(frozen=True)
class Cell:
    """What a row is about.

    Attributes:
      game: The game.
      dim: Dimension of each vector.
      vectors_per_key: Vectors of a key.
      vectors_per_query: Vectors of a query.
    """

    game: Game
    dim: int
    vectors_per_key: int
    vectors_per_query: int

    @property
    def place(self) -> tuple[str, int, int, int]:
        """What tells it from the others."""
        name = self.game.spec.name
        return name, self.dim, self.vectors_per_key, self.vectors_per_query


def compute(cells: Sequence[Cell], settings: Settings, output: pathlib.Path) -> Result:
    """Finds all cells that the output does not hold yet, and writes after each.

    Args:
      cells: What to find.
      settings: How to train.
      output: Folder of the results. Other cells stay in it.

    Raises:
      UserError: If a number is less than 1, or the output holds what was found with
        other settings.
    """
    rows = _load(output, settings)
    todo = [cell for cell in cells if cell.place not in rows]
    with tqdm(total=len(todo) * settings.restarts, unit="start") as bar:
        for cell in todo:
            bar.set_description(" ".join(map(str, cell.place)))
            rows[cell.place] = _find(cell, settings, output, bar)
            _table(rows, settings).save(output)
    return _table(rows, settings)


def _find(
    cell: Cell, settings: Settings, output: pathlib.Path, bar: Any
) -> dict[str, Any]:
    began = time.perf_counter()
    subsets = distinct_subsets.of_split(cell.game, settings.num_queries)
    ends = []
    for restart in range(settings.restarts):
        found = late_training.train(
            subsets,
            cell.dim,
            cell.vectors_per_key,
            cell.vectors_per_query,
            settings,
            restart,
        )
        ends.append(found)
        bar.set_postfix(KL=f"{found.kl_nats:.5f}", refresh=False)
        bar.update()
    best = min(ends, key=lambda end: end.kl_nats)
    floats = cell.dim * cell.vectors_per_key
    return {
        "game": cell.game.spec.name,
        "vector_dim": cell.dim,
        "vectors_per_key": cell.vectors_per_key,
        "vectors_per_query": cell.vectors_per_query,
        "floats_per_key": floats,
        "kl_nats": best.kl_nats,
        "spread": max(end.kl_nats for end in ends) - best.kl_nats,
        "overlap": best.overlap,
        "one_vector_kl_nats": _of_one_vector(output, cell.game.spec.name, floats),
        "restarts": settings.restarts,
        "seconds": round(time.perf_counter() - began, 1),
    }


def _of_one_vector(output: pathlib.Path, game: str, dim: int) -> float | None:
    path = output / f"{one_vector.NAME}.json"
    if not path.exists():
        return None
    known = {(r["game"], r["vector_dim"]): r["kl_nats"] for r in Result.load(path).rows}
    return known.get((game, dim))


def _load(
    output: pathlib.Path, settings: Settings
) -> dict[tuple[str, int, int, int], dict[str, Any]]:
    if not (output / f"{NAME}.json").exists():
        return {}
    table = Result.load(output / f"{NAME}.json")
    wanted = dataclasses.asdict(settings)
    if table.settings != wanted:
        raise UserError(
            f"output {output} holds what was found with other settings, "
            f"{table.settings}, than {wanted}; name another folder"
        )
    names = ("game", "vector_dim", "vectors_per_key", "vectors_per_query")
    return {tuple(row[name] for name in names): row for row in table.rows}


def _table(
    rows: dict[tuple[str, int, int, int], dict[str, Any]], settings: Settings
) -> Result:
    known = registry.names()

    def order(place: tuple[str, int, int, int]) -> tuple[Any, ...]:
        number = known.index(place[0]) if place[0] in known else len(known)
        return number, *place

    return Result(
        NAME,
        "The least KL of several free vectors of a key that was found",
        _CLAIM,
        tuple(rows[place] for place in sorted(rows, key=order)),
        dataclasses.asdict(settings),
    )
