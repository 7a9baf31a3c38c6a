"""The table of a study: one row per cell, as CSV."""

import csv
import pathlib

from set_contrastive.reporting.results import Results

_ROUNDED = ("kl_nats", "top_k_overlap", "entropy_bits")


def write_csv(path: pathlib.Path, results: Results) -> None:
    """Writes one row per cell; empty fields where nothing has been measured."""
    rows = [cell.row(results.study) for cell in results.cells]
    for row in rows:
        for name in _ROUNDED:
            if row[name] is not None:
                row[name] = f"{row[name]:.6g}"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
