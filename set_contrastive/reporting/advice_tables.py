"""The tables of an advice's page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from set_contrastive.reporting.markup import Marked

Row = Mapping[str, Any]
Table = dict[str, list[Any]]


def losses(row: Row) -> dict[str, float]:
    """Returns what is lost to queries, documents and geometry at a dimension."""
    return {
        "query vectors": max(row["queries_free"] - row["as_is"], 0.0),
        "document vectors": max(row["all_free"] - row["queries_free"], 0.0),
        "geometry": max(row["best_possible"] - row["all_free"], 0.0),
    }


def gap(value: float | None) -> str:
    """Returns a gap between scores with the digits that count."""
    if value is None:
        return ""
    if abs(value) >= 0.01:
        return f"{value:.3f}"
    return np.format_float_positional(value, 2, fractional=False, trim="-")


def causes(rows: Sequence[Row]) -> Table:
    """Returns a row for each dimension."""
    columns = {
        "a: yours": "as_is",
        "a′: query head": "query_head",
        "b: best queries": "queries_free",
        "best documents": "documents_free",
        "c: best both": "all_free",
        "best possible": "best_possible",
    }
    halves = {
        "b, float16": "queries_free_float16",
        "c, float16": "all_free_float16",
    }
    head = ["d", *columns, "lost to queries", "documents", "geometry"]
    return {
        "head": [*head, *halves, "reduced by"],
        "rows": [
            [
                f"{row['dim']:,}",
                *(f"{row[name]:.3f}" for name in columns.values()),
                *(f"{lost:.3f}" for lost in losses(row).values()),
                *(f"{row[name]:.3f}" for name in halves.values()),
                _how(row["reduction"]),
            ]
            for row in rows
        ],
    }


def stored(
    rows: Sequence[Row],
    recommended: Row | None,
    measure: str,
    tolerance: float | None,
    best: bool,
) -> Table:
    """Returns the ways to store vectors, by bytes.

    Args:
      rows: Rows of `yours`.
      recommended: What is recommended of them.
      measure: Name of the measure.
      tolerance: Loss that may be, which is marked; None if it is not known.
      best: Whether to keep only what no other way beats in bytes and value, the full
        vectors, and what is recommended.
    """
    names = ("reduction", "dim", "precision")
    chosen = tuple(recommended[name] for name in names) if recommended else ()
    highest = float("-inf")
    found = []
    for row in sorted(rows, key=lambda row: (row["bytes_per_document"], -row["value"])):
        is_chosen = tuple(row[name] for name in names) == chosen
        is_full = (row["reduction"], row["precision"]) == ("none", "float32")
        if not best or is_chosen or is_full or row["value"] > highest:
            found.append(_stored(row, tolerance, is_chosen))
        highest = max(highest, row["value"])
    head = ["way", "d", "precision", "bytes a document", measure, "95\u00a0% interval"]
    return {"head": [*head, "loss", "its interval", "ms a query"], "rows": found}


def _stored(row: Row, tolerance: float | None, chosen: bool) -> list[str | Marked]:
    loss: str | Marked = f"{row['loss_low']:+.3f} to {row['loss_high']:+.3f}"
    if tolerance is not None:
        loss = Marked(str(loss), row["loss_high"] <= tolerance)
    way, milliseconds = _how(row["reduction"]), row["ms_per_query"]
    return [
        Marked(f"{way}, recommended", True) if chosen else way,
        f"{row['dim']:,}",
        row["precision"],
        f"{row['bytes_per_document']:,}",
        f"{row['value']:.3f}",
        f"{row['low']:.3f} to {row['high']:.3f}",
        f"{row['loss']:+.3f}",
        loss,
        f"{milliseconds:.4f}" if milliseconds < 1 else f"{milliseconds:,.1f}",
    ]


def least(rows: Sequence[Row]) -> Table:
    """Returns, by precision, the fewest dimensions found that retrieve all."""
    found = []
    for precision in _different(row["precision"] for row in rows):
        mine = [row for row in rows if row["precision"] == precision]
        whole = [row for row in mine if row["recall"] == 1]
        if whole:
            row = min(whole, key=lambda row: row["dim"])
            found.append([precision, f"{row['dim']:,}", "all", gap(row["min_gap"])])
        else:
            row = max(mine, key=lambda row: row["recall"])
            share = f"at most {row['recall']:.4f}, at d = {row['dim']:,}"
            found.append([precision, "none found", share, gap(row["min_gap"])])
    return {
        "head": ["stored in", "fewest d found", "ranked first", "gap"],
        "rows": found,
    }


def robust(rows: Sequence[Row]) -> Table:
    """Returns a row for each precision and dimension."""
    return {
        "head": ["precision", "d", "ranked first", "gap"],
        "rows": [
            [
                row["precision"],
                f"{row['dim']:,}",
                f"{row['recall']:.4f}",
                gap(row["min_gap"]),
            ]
            for row in rows
        ],
    }


def reached(rows: Sequence[Row], measure: str) -> Table:
    """Returns a row for each objective and dimension, over the seeds."""
    found = []
    for objective in _different(row["objective"] for row in rows):
        for dim in sorted({r["dim"] for r in rows if r["objective"] == objective}):
            mine = [r for r in rows if (r["objective"], r["dim"]) == (objective, dim)]
            values = [row["value"] for row in mine]
            found.append(
                [
                    objective,
                    f"{dim:,}",
                    f"{_mean(values):.3f}",
                    f"{min(values):.3f} to {max(values):.3f}",
                    f"{_mean(row['ndcg_at_10'] for row in mine):.3f}",
                    f"{_mean(row['kl_nats'] for row in mine):.3f}",
                    str(len(mine)),
                ]
            )
    head = ["objective", "d", measure, "least to largest", "nDCG@10", "KL (nats)"]
    return {"head": [*head, "seeds"], "rows": found}


def sizes(judged: Row) -> Table:
    """Returns the judgements' sizes before and after their reduction."""
    count = "{:,}".format
    return {
        "head": ["", "given", "distinct"],
        "rows": [
            [
                "queries, as rows",
                count(judged["queries"]),
                count(judged["distinct_rows"]),
            ],
            [
                "documents, as columns",
                count(judged["documents"]),
                count(judged["distinct_columns"]),
            ],
            ["relevant pairs", count(judged["pairs"]), ""],
            ["most relevant to a query", count(judged["max_relevant"]), ""],
        ],
    }


def _how(reduction: str) -> str:
    return {"none": "not reduced", "pca": "PCA"}.get(reduction, reduction)


def _different(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)
