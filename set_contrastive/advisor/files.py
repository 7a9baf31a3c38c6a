"""The files of an advice: the answer, its tables, and vectors as a witness."""

import csv
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from set_contrastive.advisor import answers
from set_contrastive.advisor.advice import Advice
from set_contrastive.advisor.existence import Existence
from set_contrastive.advisor.inputs import Inputs
from set_contrastive.base import whole_files
from set_contrastive.base.errors import naming_file

ADVICE = "advice.json"
_TABLES = ("robust", "reached", "yours", "causes")


def write(advice: Advice, inputs: Inputs, exists: Existence) -> None:
    """Writes witness.npz, a CSV for each table, and advice.json, which comes last.

    What an earlier answer had and this one has not is removed.
    """
    output = pathlib.Path(inputs.config.output)
    witness = output / answers.WITNESS
    if exists.witness is not None:
        _write_witness(witness, inputs, exists)
    else:
        witness.unlink(missing_ok=True)
    for name in _TABLES:
        rows, path = getattr(advice, name), output / f"{name}.csv"
        if rows:
            _write_table(path, rows)
        else:
            path.unlink(missing_ok=True)
    whole_files.write_json(output / ADVICE, advice.to_dict())


def _write_witness(path: pathlib.Path, inputs: Inputs, exists: Existence) -> None:
    """Writes a vector for each query and each judged document."""
    reduced, witness = inputs.reduced, exists.witness
    assert witness is not None
    partial = path.with_name(f"{path.name}.partial.npz")
    with naming_file(path):
        np.savez(
            partial,
            query_ids=np.array(inputs.judgements.query_ids),
            query_vectors=witness.rows[reduced.row_of_query],
            document_ids=np.array(inputs.judgements.document_ids),
            document_vectors=witness.columns[reduced.column_of_document],
        )
        os.replace(partial, path)


def _write_table(path: pathlib.Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with naming_file(path), path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
