"""The tables of docs/benchmarks.md are of what `python -m benchmarks` has written."""

import csv
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs/results/benchmarks"
_THREADS = ("contender", "batch", "p50_ms", "p99_ms", "queries_per_s", "times_onnx")
_SERVING = ("scorer", "batch", "p50_ms", "p99_ms", "queries_per_s", "times_packed")

# Result, which rows by the values of their columns, and which columns, or all.
TABLES = [
    ("training_laptop", {}, ()),
    ("pytorch_peer_laptop", {}, ()),
    ("kept_memory_laptop", {}, ()),
    ("kept_memory_laptop_without_avx512", {}, ()),
    ("compiling_cards_27", {}, ()),
    ("scoring", {}, ()),
    ("serving", {"preset": ("laptop",), "batch": ("1", "64")}, _SERVING),
    ("serving", {"preset": ("study",), "batch": ("1", "64")}, _SERVING),
    *(
        (
            "threads",
            {"model": (model,), "batch": ("1", "64", "512"), "clients": (clients,)},
            (*_THREADS, *more),
        )
        for model in ("two_tower", "cross_encoder")
        for clients, more in (("1", ()), ("2", ("times_one_client",)))
    ),
    ("index", {}, ()),
    ("index_of_several_vectors", {}, ()),
    ("games", {}, ()),
]


def cell(text):
    """Returns a CSV's cell as the page shows it: three digits, thousands apart."""
    if re.fullmatch(r"\d+", text):
        return f"{int(text):,}"
    try:
        number = float(text)
    except ValueError:
        return text
    return f"{number:.3g}" if number < 1000 else f"{number:,.0f}"


def table(result, where, columns):
    """Returns the lines of a table, head and all."""
    with (RESULTS / f"{result}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    head = columns or tuple(rows[0])
    chosen = [
        [cell(row[name]) for name in head]
        for row in rows
        if all(row[name] in texts for name, texts in where.items())
    ]
    assert chosen, f"{result} has no row where {where}"
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *chosen)]


@pytest.mark.parametrize(("result", "where", "columns"), TABLES)
def test_a_table_is_of_the_result(result, where, columns):
    page = (ROOT / "docs/benchmarks.md").read_text()
    assert "\n".join(table(result, where, columns)) in page


def test_every_result_has_a_table():
    written = {path.stem for path in RESULTS.glob("*.csv")}
    assert written == {result for result, _, _ in TABLES}
