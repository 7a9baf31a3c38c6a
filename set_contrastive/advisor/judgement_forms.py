"""Finds query, document and grade in the rows of a file of judgements."""

import csv
import itertools
import json
import math
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow
from pyarrow import parquet

from set_contrastive.advisor import text_files
from set_contrastive.base.errors import UserError

# Names of columns, written with "-"; of several in a file the first of a list counts,
# since a file with "query-id" and "query" has the query's text in the latter.
QUERY_NAMES = ("query-id", "queryid", "qid", "topic-id", "topic", "query")
DOCUMENT_NAMES = (
    *("corpus-id", "document-id", "documentid", "doc-id", "docid", "docno"),
    *("passage-id", "passageid", "pid", "document", "doc", "passage"),
)
_GRADE_NAMES = ("score", "grade", "relevance", "label", "rel")
# Columns that nobody writes a grade in; "" is the unnamed index of pandas.
_NO_GRADE = {"", "text", "title", "split", "index", "iter", "iteration", "rank"}
_NO_GRADE |= {*QUERY_NAMES, *DOCUMENT_NAMES, "--index-level-0--"}

_FORMS = (
    "a known form: TREC qrels (query iter document grade), a BEIR folder, TSV or CSV "
    "with columns such as query-id, corpus-id, score, JSONL of these, or Parquet"
)
PAIR = "ids of a query and a document"
# The number of a line, and a query, document and grade as they stand in it.
Row = tuple[int, Any, Any, Any]
# Where these stand; None for a grade that is not given, which is 1.
_Places = tuple[int, int, int | None]


def text_rows(lines: list[str], path: pathlib.Path) -> Iterator[Row]:
    """Returns the rows of text; its first line that is no comment tells the form."""
    firsts = (i for i, line in enumerate(lines) if line.strip()[:1] not in ("", "#"))
    if (start := next(firsts, None)) is None:
        raise UserError(f"judgements must hold a pair, {path} holds only comments")
    first = lines[start]
    if first.lstrip().startswith("{"):
        return _json_rows(lines, start, path)
    for delimiter in "\t,":
        header = [name.strip('" ') for name in first.split(delimiter)]
        if places := _places(header, f"{path}:{start + 1}"):
            return _table_rows(lines, start + 1, delimiter, len(header), places, path)
    if _is_trec(first, f"{path}:{start + 1}"):
        return _trec_rows(lines, path)
    for delimiter in "\t,":
        if (width := _width(first, delimiter)) in (2, 3):
            if hashed := [i for i, x in enumerate(lines, 1) if x.startswith("#")]:
                form = "a header if a line begins with #, as an id or a comment"
                raise wrong(path, hashed[0], form, lines[hashed[0] - 1])
            places = (0, 1, 2 if width == 3 else None)
            return _table_rows(lines, start, delimiter, width, places, path)
    raise wrong(path, start + 1, _FORMS, first)


def parquet_rows(content: bytes, path: pathlib.Path) -> Iterator[Row]:
    """Yields the rows of Parquet, numbered from 1 on."""
    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(content))
        names = file.schema_arrow.names
        places = _places(names, str(path))
        if places is None:
            raise UserError(
                f"judgements must have columns such as query-id and corpus-id, {path} "
                f"has {', '.join(names)}"
            )
        chosen = [names[place] for place in places if place is not None]
        table = file.read(columns=chosen)
        columns = [table.column(name).to_pylist() for name in chosen]
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"judgements must be whole, {path} is damaged Parquet: {reason}"
        ) from error
    grades = columns[2] if len(columns) == 3 else [1.0] * len(columns[0])
    yield from zip(itertools.count(1), columns[0], columns[1], grades)


def normalized(names: Iterable[Any]) -> list[str]:
    """Returns names of columns as the lists of this module write them."""
    return ["-".join(str(n).lower().replace("_", " ").split(" ")) for n in names]


def _trec_rows(lines: list[str], path: pathlib.Path) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        columns = text_files.columns_of(line, 4)
        if not any(columns) or columns[0].startswith("#"):
            continue
        if len(columns) != 4:
            form = "4 columns, query iter document grade"
            raise wrong(path, number, form, line)
        yield number, columns[0], columns[2], columns[3]


def _table_rows(
    lines: list[str],
    start: int,
    delimiter: str,
    width: int,
    places: _Places,
    path: pathlib.Path,
) -> Iterator[Row]:
    """Yields the rows of CSV or TSV from a line on, all of `width` columns."""
    comma = delimiter == ","
    reader = csv.reader(
        lines[start:], delimiter=delimiter, skipinitialspace=comma, strict=True
    )
    query, document, grade = places
    line = start + 1
    try:
        for row in reader:
            if start + reader.line_num > line:
                raise csv.Error("a quotation mark is not closed")
            if len(row) == width:
                given = 1.0 if grade is None else row[grade]
                yield line, row[query], row[document], given
            elif "".join(row).strip():
                raise csv.Error(f"{len(row)} came")
            line += 1
    except csv.Error as error:
        form = f"{width} columns by {delimiter!r} in each line ({error})"
        raise wrong(path, line, form, lines[line - 1]) from error


def _json_rows(lines: list[str], start: int, path: pathlib.Path) -> Iterator[Row]:
    """Yields the rows of JSONL from a line on."""
    known: dict[tuple[str, ...], _Places | None] = {}
    for number, line in enumerate(lines[start:], start + 1):
        if not line.strip():
            continue
        try:
            pair = json.loads(line)
        except (ValueError, RecursionError):
            pair = None
        if not isinstance(pair, dict):
            raise wrong(path, number, "a JSON object in each line", line)
        names = tuple(pair)
        if names not in known:
            known[names] = _places(names, f"{path}:{number}")
        if (places := known[names]) is None:
            raise wrong(path, number, f"{PAIR} such as query-id, corpus-id", line)
        values = tuple(pair.values())
        query, document, grade = places
        given = 1.0 if grade is None else values[grade]
        yield number, values[query], values[document], given


def _places(names: Iterable[str], where: str) -> _Places | None:
    """Returns where query, document and grade stand, None if no name is of these.

    Raises:
      UserError: If one of the ids is not named, or a column that is not known may be a
        grade: not to read it would make all pairs relevant.
    """
    plain = normalized(names)
    groups = (QUERY_NAMES, DOCUMENT_NAMES, _GRADE_NAMES)
    query, document, grade = (
        next((plain.index(name) for name in group if name in plain), None)
        for group in groups
    )
    if query is None and document is None:
        return None
    if query is None or document is None:
        raise UserError(
            "judgements must name columns of a query and of a document, such as "
            f"query-id and corpus-id, {where} names {', '.join(plain)}"
        )
    if grade is None and (strange := sorted(set(plain) - _NO_GRADE)):
        raise UserError(
            f"judgements must name their grade {', '.join(_GRADE_NAMES)}, or have "
            f"none, {where} has the unknown {', '.join(strange)}"
        )
    return query, document, grade


def _is_trec(line: str, where: str) -> bool:
    """Whether a first line is of TREC, not of CSV or TSV whose ids hold spaces."""
    columns = text_files.columns_of(line, 4)
    if len(columns) != 4 or math.isnan(text_files.finite(columns[3])):
        return False
    usual = columns[1] == "Q0" or columns[1].isdecimal()
    if usual and line.count("\t") in (1, 2):
        raise UserError(
            "judgements must have a header, or tabs alone or spaces alone between "
            f"columns, {where} is TREC by spaces as well as a pair by tabs"
        )
    return usual or ("," not in line and line.count("\t") in (0, 3))


def _width(line: str, delimiter: str) -> int:
    """Returns how many columns a line of CSV has, 0 if it is none."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:
        return 0


def wrong(path: pathlib.Path, line: int, expected: str, got: Any) -> UserError:
    """Returns the error that a line of judgements lacks what is expected."""
    return text_files.wrong_line("judgements", path, line, expected, got)
