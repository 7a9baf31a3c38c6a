"""The table of the least KLs found beside what was trained, taken up cell by cell."""

import csv
import dataclasses
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.free_vectors import floor
from set_contrastive.free_vectors import search
from set_contrastive.games import registry
from set_contrastive.studies import cards_27
from set_contrastive.studies import cards_81

NAME = "free_embedding_floors"
PATHS = "free_embedding_paths"
_CLAIM = (
    "kl_nats is the least found, an upper bound of the floor, as the search for keys "
    "is not convex; for the keys found it is certified to be within inner_gap of the "
    "least KL that any query vectors reach. It still falls by the share last_decade as "
    "scores grow, so the floor itself lies at infinity, except where it is 0. "
    "moderate_kl_nats is what scores of the size of moderate_rms_score reach; "
    "held_out_kl_nats is that of fresh queries with the same keys. learning is "
    "trained_kl_nats minus kl_nats, so a lower bound of what lies between the trained "
    "model and the floor: better keys, not found, would add to it."
)
_PATHS_CLAIM = (
    "Each row is an upper bound of the least mean KL of keys and queries whose centred "
    "scores have a root mean square of at most rms_score."
)

# A game's name and a dimension.
_Cell = tuple[str, int]
_Rows = dict[_Cell, dict[str, Any]]


def compute(
    games: Sequence[str],
    dims: Sequence[int],
    settings: search.Settings,
    output: pathlib.Path,
    measured: Sequence[pathlib.Path] = (),
) -> tuple[Result, Result]:
    """Finds all cells that the output does not hold yet, and writes after each.

    Args:
      games: Names of the games, as `registry.get` takes them.
      dims: Dimensions of the vectors.
      settings: How to search.
      output: Folder of the results. Cells of other games and dimensions stay in it.
      measured: CSVs of studies' cells.

    Returns:
      The table, and the paths that led to it.

    Raises:
      UserError: If a game or a file is not as it should be, or the output holds what
        was found with other settings.
    """
    rules = [registry.get(game) for game in games]
    trained = {
        cell: kl for path in measured for cell, kl in read_measured(path).items()
    }
    rows, paths = _load(output, settings)
    cells = [(game, dim) for game in rules for dim in dims]
    todo = [cell for cell in cells if (cell[0].spec.name, cell[1]) not in rows]
    stages = settings.restarts * len(settings.ridges)
    with tqdm(total=len(todo) * stages, unit="stage") as bar:
        for game, dim in todo:
            bar.set_description(f"{game.spec.name} d={dim}")

            def show(stage: search.Stage, bar: Any = bar) -> None:
                bar.set_postfix(KL=f"{stage.kl_nats:.5f}", refresh=False)
                bar.update()

            row, path = floor.find(game, dim, settings, show)
            rows[game.spec.name, dim] = row
            paths += path
            # The paths first: a cell is done when it stands in the table.
            _paths(paths, settings).save(output)
            _table(rows, trained, settings).save(output)
    return _table(rows, trained, settings), _paths(paths, settings)


def read_measured(path: pathlib.Path) -> dict[_Cell, float]:
    """Returns the mean KL of the two-tower models of a study's CSV.

    Raises:
      UserError: If the file is missing or is no such table.
    """
    found: dict[_Cell, list[float]] = {}
    try:
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                if row["model"] == "two_tower" and row["kl_nats"]:
                    cell = row["game"], int(row["vector_dim"])
                    found.setdefault(cell, []).append(float(row["kl_nats"]))
    except FileNotFoundError as error:
        raise UserError(f"measured must be a file, {path} does not exist") from error
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(
            f"measured must be a CSV with the columns game, model, vector_dim and "
            f"kl_nats, got {path}"
        ) from error
    return {cell: sum(values) / len(values) for cell, values in found.items()}


def _load(
    output: pathlib.Path, settings: search.Settings
) -> tuple[_Rows, list[dict[str, Any]]]:
    if not (output / f"{NAME}.json").exists():
        return {}, []
    table = Result.load(output / f"{NAME}.json")
    if table.settings != dataclasses.asdict(settings):
        raise UserError(
            f"output {output} holds floors of other settings, {_text(table.settings)}, "
            f"than {_text(dataclasses.asdict(settings))}; name another folder"
        )
    rows = {(row["game"], row["vector_dim"]): row for row in table.rows}
    paths = Result.load(output / f"{PATHS}.json").rows
    return rows, [p for p in paths if (p["game"], p["vector_dim"]) in rows]


def _text(settings: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in settings.items())


def _paths(rows: Sequence[Mapping[str, Any]], settings: search.Settings) -> Result:
    return _result(PATHS, "Paths to the least KL found", _PATHS_CLAIM, rows, settings)


def _table(
    rows: _Rows, trained: Mapping[_Cell, float], settings: search.Settings
) -> Result:
    study = {
        (reference.game, reference.model): reference.kl_nats
        for reference in (*cards_27.STUDY.references, *cards_81.STUDY.references)
    }
    joined = []
    for (game, dim), row in sorted(rows.items(), key=lambda item: _place(item[0])):
        kl = trained.get((game, dim))
        joined.append(
            row
            | {
                "trained_kl_nats": kl,
                "learning": None if kl is None else kl - row["kl_nats"],
                "study_kl_nats": study.get((game, f"two_tower_d{dim}")),
            }
        )
    return _result(
        NAME, "The least KL of free embeddings that was found", _CLAIM, joined, settings
    )


def _place(cell: _Cell) -> tuple[int, str, int]:
    known = registry.names()
    game, dim = cell
    return known.index(game) if game in known else len(known), game, dim


def _result(
    name: str,
    title: str,
    claim: str,
    rows: Sequence[Mapping[str, Any]],
    settings: search.Settings,
) -> Result:
    return Result(
        name, title, claim, tuple(map(dict, rows)), dataclasses.asdict(settings)
    )
