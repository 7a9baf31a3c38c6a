"""Rankings from TREC runs."""

import math
import pathlib
from collections.abc import Mapping

from set_contrastive.advisor import text_files
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.base.errors import UserError


def judged_only(
    rankings: Mapping[str, Mapping[str, float]], judgements: Judgements
) -> dict[str, dict[str, float]]:
    """Returns rankings without documents that were not judged for their query.

    Args:
      rankings: For each query, documents and their scores.
      judgements: The judgements.
    """
    judged: dict[str, set[str]] = {}
    for query, document in zip(
        judgements.query.tolist(), judgements.document.tolist(), strict=True
    ):
        name = judgements.document_ids[document]
        judged.setdefault(judgements.query_ids[query], set()).add(name)
    return {
        query: {name: score for name, score in found.items() if name in judged[query]}
        for query, found in rankings.items()
    }


def read(path: pathlib.Path, judgements: Judgements) -> dict[str, dict[str, float]]:
    """Reads a TREC run, `query Q0 document rank score tag`, by whitespace or tabs.

    Measures rank by score; the rank in the file is not read.

    Args:
      path: A text file, which may be compressed by gzip.
      judgements: Rankings of queries that are not judged are left out.

    Returns:
      For each judged query that the file has: documents and their scores.

    Raises:
      UserError: If the file cannot be read, a line has a wrong form or ranks a
        document twice, which it names, or no query is judged.
    """
    judged = set(judgements.query_ids)
    rankings: dict[str, dict[str, float]] = {}
    other = ""
    text = text_files.decoded(text_files.content_of(path, "runs"), path, "runs")
    for number, line in enumerate(text.split("\n"), 1):
        columns = text_files.columns_of(line, 6)
        if not any(columns):
            continue
        if len(columns) != 6 or not all((columns[0], columns[2], columns[4])):
            form = "6 columns, query Q0 document rank score tag"
            raise text_files.wrong_line("runs", path, number, form, line)
        query, _, document, _, score, _ = columns
        value = text_files.finite(score)
        if math.isnan(value):
            form = "a finite number as score"
            raise text_files.wrong_line("runs", path, number, form, score)
        if query not in judged:
            other = other or query
            continue
        ranking = rankings.setdefault(query, {})
        if document in ranking:
            once = f"a document once for query {query!r}"
            raise text_files.wrong_line("runs", path, number, once, document)
        ranking[document] = value
    if not rankings:
        raise UserError(
            f"runs must rank judged queries, such as {judgements.query_ids[0]!r}, "
            f"{path} ranks none of them, but such as {other!r}"
        )
    return rankings
