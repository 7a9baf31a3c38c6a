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

    A cell that it holds with fewer searches is searched on, and keeps the best end.

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
    made = {key: row["restarts"] for key, row in rows.items()}
    todo = {
        (game, dim): settings.restarts - made.get((game.spec.name, dim), 0)
        for game, dim in cells
    }
    left = sum(max(number, 0) for number in todo.values())
    with tqdm(total=left * len(settings.ridges), unit="stage") as bar:
        for game, dim in (cell for cell, number in todo.items() if number > 0):
            bar.set_description(f"{game.spec.name} d={dim}")

            def show(stage: search.Stage, bar: Any = bar) -> None:
                bar.set_postfix(KL=f"{stage.kl_nats:.5f}", refresh=False)
                bar.update()

            cell = game.spec.name, dim
            row, path = floor.find(game, dim, settings, show, made.get(cell, 0))
            paths += path
            rows[cell] = _best(rows.get(cell, row), row, paths)
            # The paths first: a cell is done when it stands in the table.
            _paths(paths, settings).save(output)
            _table(rows, trained, settings).save(output)
    return _table(rows, trained, settings), _paths(paths, settings)


def _best(
    before: Mapping[str, Any],
    row: Mapping[str, Any],
    paths: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Returns the better row of a cell, of all searches that have been made."""
    cell = {name: row[name] for name in ("game", "vector_dim")}
    ends = {  # The last stage of each search.
        path["restart"]: path["kl_nats"]
        for path in paths
        if cell.items() <= path.items()
    }
    seconds = row["seconds"] + (0 if before is row else before["seconds"])
    return {
        **min(before, row, key=lambda row: row["kl_nats"]),
        "spread": max(ends.values()) - min(ends.values()),
        "restarts": len(ends),
        "seconds": round(seconds, 1),
    }


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
    theirs, ours = _fixed(table.settings), _fixed(dataclasses.asdict(settings))
    if theirs != ours:
        raise UserError(
            f"output {output} holds floors of other settings, {_text(theirs)}, "
            f"than {_text(ours)}; name another folder"
        )
    rows = {(row["game"], row["vector_dim"]): row for row in table.rows}
    paths = Result.load(output / f"{PATHS}.json").rows
    searched = {cell: row["restarts"] for cell, row in rows.items()}
    return rows, [
        path
        for path in paths
        # Others were written by a run that was killed before it wrote their cell.
        if path["restart"] < searched.get((path["game"], path["vector_dim"]), 0)
    ]


def _fixed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings but the number of searches, which each row has."""
    return {name: value for name, value in settings.items() if name != "restarts"}


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
        name, title, claim, tuple(map(dict, rows)), _fixed(dataclasses.asdict(settings))
    )
