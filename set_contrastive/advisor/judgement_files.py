"""Reads relevance judgements: TREC, BEIR, JSONL, CSV, Parquet, or those of a game."""

import dataclasses
import math
import pathlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from set_contrastive.advisor import judgement_forms
from set_contrastive.advisor import text_files
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.base.errors import UserError
from set_contrastive.games import splits
from set_contrastive.games.game import Game


def read(path: pathlib.Path, min_relevance: float = 1.0) -> Judgements:
    """Reads judgements in a form that is recognized by content.

    - TREC qrels: `query iter document grade`, by whitespace or tabs; lines that begin
      with `#` are comments.
    - BEIR: a folder with `qrels/test.tsv`, else with a single TSV in `qrels/`, or such
      a TSV: `query-id`, `corpus-id`, `score`.
    - JSONL with such keys; CSV and TSV with a header of such names, or with two or
      three columns in this order; Parquet with such columns. Without a grade it is 1.

    Text may be compressed by gzip. Ids may hold spaces, but in TREC qrels only if tabs
    separate the columns.

    Args:
      path: A file, or a folder of BEIR.
      min_relevance: Grades from here on are relevant.

    Raises:
      UserError: If the file cannot be read or a line, which it names, has a wrong
        form; and as `Judgements.of_pairs`.
    """
    if path.is_dir():
        path = _file_of_beir(path)
    content = text_files.content_of(path, "judgements")
    if content.startswith(b"PAR1"):
        rows = judgement_forms.parquet_rows(content, path)
    else:
        text = text_files.decoded(content, path, "judgements")
        rows = judgement_forms.text_rows(text.split("\n"), path)
    return Judgements.of_pairs(*_checked(rows, path), min_relevance)


def of_game(
    game: Game, num_queries: int, seed: int, min_relevance: float
) -> Judgements:
    """Returns a game's queries with their matching keys, as documents of grade 1.

    Args:
      game: The game; its texts are the queries' ids, its keys those of the documents.
      num_queries: Number of queries, of a game that does not list them all.
      seed: Stream of random numbers of such a game, as of `splits.draw_queries`.
      min_relevance: Grades from here on are relevant.

    Raises:
      UserError: If queries or keys share a text; and as `splits.draw_queries` and
        `Judgements.of_pairs`.
    """
    queries = splits.draw_queries(game, num_queries, seed)
    texts = [game.format(query) for query in queries]
    for what, names in (("queries", texts), ("keys", game.keys)):
        if len(set(names)) < len(names):
            raise UserError(
                f"game {game.spec.name} must give distinct texts to its {what}, "
                f"{len(names)} have {len(set(names))}"
            )
    matching = game.answer(queries)
    query, key = np.nonzero(matching)
    found = Judgements.of_pairs(
        [texts[i] for i in query],
        [game.keys[i] for i in key],
        [1.0] * len(query),
        min_relevance,
    )
    unanswered = int((~matching.any(axis=1)).sum())
    return dataclasses.replace(found, queries_left_out=unanswered)


def _file_of_beir(folder: pathlib.Path) -> pathlib.Path:
    test = folder / "qrels" / "test.tsv"
    found = [test] if test.exists() else sorted((folder / "qrels").glob("*.tsv"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise UserError(
            "judgements must be a file, or a folder of BEIR with qrels/test.tsv or a "
            f"single .tsv in qrels, {folder} has {names}; name the file itself"
        )
    return found[0]


def _checked(
    rows: Iterable[judgement_forms.Row], path: pathlib.Path
) -> tuple[list[str], list[str], list[float]]:
    """Returns queries, documents and grades, if all of them are valid."""
    queries, documents, grades = [], [], []
    # A million rows pass here: what is valid is told without a call.
    for line, query, document, grade in rows:
        if type(query) is not str or not query:
            query = _id(query, path, line)
        queries.append(query)
        if type(document) is not str or not document:
            document = _id(document, path, line)
        documents.append(document)
        if type(grade) is not float or not math.isfinite(grade):
            given, grade = grade, text_files.finite(grade)
            if math.isnan(grade):
                form = "a finite number as grade"
                raise judgement_forms.wrong(path, line, form, given)
        grades.append(grade)
    if not grades:
        raise UserError(f"judgements must hold a pair, {path} holds none")
    return queries, documents, grades


def _id(value: Any, path: pathlib.Path, line: int) -> str:
    """Returns an integer as an id, and raises if it is something else."""
    if type(value) is not int:
        raise judgement_forms.wrong(path, line, judgement_forms.PAIR, value)
    return str(value)
