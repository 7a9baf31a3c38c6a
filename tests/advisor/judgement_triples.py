"""Writes files of judgements, and reads them back as triples."""

import io
import math
import pathlib
import tempfile

import pyarrow
from pyarrow import parquet

from set_contrastive.advisor import judgement_files


def written(folder, content):
    """A file of a text or bytes."""
    path = pathlib.Path(folder) / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def triples(judgements):
    """Returns the ids of query and document and the grade of each pair."""
    return {
        (judgements.query_ids[q], judgements.document_ids[d], g)
        for q, d, g in zip(
            judgements.query, judgements.document, judgements.grade, strict=True
        )
    }


def read_triples(content, min_relevance=-math.inf):
    """Returns the triples that are read from a file of a text or bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, content)
        return triples(judgement_files.read(path, min_relevance))


def parquet_bytes(columns):
    """Returns the bytes of a Parquet file."""
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file)
    return file.getvalue()


HEADER = "query-id\tcorpus-id\tscore\n"
