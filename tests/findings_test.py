"""The tables of docs/findings.md are those of the studies' committed results.

Each is computed here from the CSV that `report` wrote, and must stand in the text.
"""

import csv
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
_GAMES = {game: {"game": game} for game in ("union_27", "symdiff_27", "shatter_27")}


def _late(vectors, dim):
    return {
        "model": "late_interaction",
        "key_vectors": str(vectors),
        "vector_dim": str(dim),
    }


def _row(floats):
    """Returns the rows of 4, 8, 16 or 24 floats of a key."""
    return {
        f"{floats} floats, one vector": {
            "model": "two_tower",
            "vector_dim": str(floats),
        },
        f"{floats} floats, 2 vectors of {floats // 2}": _late(2, floats // 2),
        f"{floats} floats, 4 vectors of {floats // 4}": _late(4, floats // 4),
    }


_LATE = {
    **_row(4),
    **_row(8),
    **_row(16),
    **_row(24),
    "cross-encoder": {"model": "cross_encoder"},
}


def _kl(value):
    return "< 0.00001" if value < 1e-5 else f"{value:.{3 if value >= 0.1 else 4}f}"


def _overlap(value):
    return f"{value:.4f}"


# Study, measure, how it is written, rows and columns as values of the table's columns.
TABLES = {
    "kl_of_late_interaction": ("late_interaction_27", "kl_nats", _kl, _LATE, _GAMES),
    "overlap_of_late_interaction": (
        "late_interaction_27",
        "top_k_overlap",
        _overlap,
        _LATE,
        _GAMES,
    ),
}


def lines(study, measure, write, rows, columns):
    """Returns the lines of a table without its head, the mean over the seeds."""
    path = ROOT / "docs/results" / study / f"{study}.csv"
    cells = list(csv.DictReader(path.read_text().splitlines()))
    found = []
    for label, of_row in rows.items():
        texts = []
        for of_column in columns.values():
            where = {**of_row, **of_column}
            values = [
                float(cell[measure])
                for cell in cells
                if cell[measure]
                and all(cell[name] == text for name, text in where.items())
            ]
            texts.append(write(sum(values) / len(values)) if values else "")
        found.append(f"| {label} | {' | '.join(texts)} |")
    return found


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_that_of_the_results(name):
    text = (ROOT / "docs/findings.md").read_text()
    expected = lines(*TABLES[name])
    assert any(re.search(r"\d", line.partition("|")[2]) for line in expected)
    assert "\n".join(expected) in text
