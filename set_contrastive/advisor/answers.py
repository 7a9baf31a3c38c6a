"""The parts of an advice, from what the cells found."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from set_contrastive.advisor import agreement
from set_contrastive.advisor import bootstrap
from set_contrastive.advisor import causes
from set_contrastive.advisor import grades
from set_contrastive.advisor import retrieval
from set_contrastive.advisor import robustness
from set_contrastive.advisor import sides
from set_contrastive.advisor import verdict
from set_contrastive.advisor.advice import Advice
from set_contrastive.advisor.existence import Existence
from set_contrastive.advisor.inputs import Inputs
from set_contrastive.base import provenance

Row = dict[str, Any]

WITNESS = "witness.npz"


def advice(
    inputs: Inputs,
    found: Existence,
    trained: Sequence[Row],
    yours: list[Row],
    of_dims: Sequence[Row],
    several: Sequence[Row] = (),
) -> Advice:
    """Returns the advice.

    Args:
      inputs: What was read.
      found: Bounds of the dimension, with a witness.
      trained: What the cells `reached` found.
      yours: A row for each way to store the vectors.
      of_dims: What the cells `cause` found.
      several: What the cells `several` found; nothing else follows from it, as the
        other parts are about one vector of a document.
    """
    config, judged = inputs.config, _judgements(inputs, found)
    rows = []
    if of_dims:
        part = inputs.trained
        ranks_grades = grades.sufficient_dim(
            part.judgements, inputs.measure, part.reduced.num_documents
        )
        found_free = (_with_all_free(row, inputs, found, trained) for row in of_dims)
        rows = [_with_grades(row, ranks_grades) for row in found_free]
    limit, of_sides = verdict.CANNOT_TELL, None
    if judged["informative"]:
        limit, of_sides = _limit(inputs, rows) if rows else (verdict.NONE, None)
    gain = _reranker(inputs)
    stored = verdict.recommended(yours, config.tolerance) if yours else None
    asked = {*inputs.free_dims}
    return Advice(
        judgements=judged,
        exists=_exists(inputs, found),
        robust=_robust(inputs, found, trained),
        reached=[
            *(_trained(row) for row in trained if row["dim"] in asked),
            *several,
        ],
        yours=yours,
        causes=rows,
        verdict=limit,
        recommendation=stored,
        reranker=gain,
        next_step=verdict.next_step(limit, rows[-1] if rows else None, gain, of_sides),
        measure=inputs.measure.name,
        tolerance=config.tolerance,
        provenance=provenance.describe(),
        sides=of_sides,
    )


def _limit(inputs: Inputs, rows: Sequence[Row]) -> tuple[str, Row | None]:
    """Returns the verdict, and what is known of the side where an encoder loses."""
    full = rows[-1]
    tolerance = inputs.config.tolerance
    limit = verdict.limiting(full, tolerance, _both_count(inputs, full["dim"]))
    if limit not in (verdict.QUERIES, verdict.DOCUMENTS):
        return limit, None
    assert inputs.collection is not None
    agree = agreement.of_collection(inputs.collection)
    told, reason = sides.told(rows, lambda dim: _both_count(inputs, dim), *agree)
    return told or limit, sides.described(told is not None, reason, full, *agree)


def _judgements(inputs: Inputs, found: Existence) -> Row:
    reduced = inputs.reduced
    most = int(np.diff(inputs.judgements.relation().indptr).max())
    informative, reason = verdict.informative(found.upper, reduced.max_relevant, most)
    return {
        "queries": len(inputs.judgements.query_ids),
        "queries_left_out": inputs.judgements.queries_left_out,
        "documents": reduced.num_documents,
        "pairs": int(inputs.judgements.relevant.sum()),
        "distinct_rows": reduced.num_rows,
        "distinct_columns": reduced.num_columns,
        "max_relevant": most,
        "informative": informative,
        "reason": reason,
        "trained_queries": len(inputs.trained.queries),
    }


def _exists(inputs: Inputs, found: Existence) -> Row:
    reduced = inputs.reduced
    k, n = reduced.max_relevant, reduced.num_columns
    recall = gap = None
    if found.witness is not None:
        rows, columns = found.witness.rows, found.witness.columns
        mask = reduced.mask()
        recall = retrieval.recall(rows @ columns.T, mask, reduced.weights)
        gap = _finite(retrieval.min_gap(rows, columns, mask))
    return {
        "lower": found.lower,
        "lower_reason": found.lower_reason,
        "upper": found.upper,
        "upper_reason": found.upper_reason,
        "witness": WITNESS if found.witness is not None else None,
        "recall": recall,
        "min_gap": gap,
        # The order of the dimension that margins ask for (arXiv 2605.23556).
        "k_log_n_over_k": k * math.log(n / k) if k < n else 0.0,
    }


def _robust(inputs: Inputs, found: Existence, trained: Sequence[Row]) -> list[Row]:
    """Returns, by precision and dimension, what the best vectors retrieve."""
    best: dict[tuple[str, int], tuple[float, float]] = {}
    for row in trained:
        for precision, survived in row["precisions"].items():
            place = precision, row["dim"]
            best[place] = max(best.get(place, (-1.0, 0.0)), tuple(survived))
    if found.witness is not None and inputs.trained.is_whole:
        for precision in robustness.PRECISIONS:
            survived = robustness.survives(
                found.witness, precision, inputs.trained.mask
            )
            place = precision, found.witness.dim
            best[place] = max(best.get(place, (-1.0, 0.0)), survived)
    rows: list[Row] = []
    for precision in robustness.PRECISIONS:
        most = (-1.0, 0.0)
        for dim in sorted({dim for _, dim in best}):
            # Vectors of fewer dimensions are vectors of more, with zeros behind.
            most = max(most, best.get((precision, dim), most))
            names = ("precision", "dim", "recall", "min_gap")
            values = (precision, dim, most[0], _finite(most[1]))
            rows.append(dict(zip(names, values, strict=True)))
    return rows


def _finite(gap: float) -> float | None:
    """Returns a gap, or None where no row has a document that is not relevant."""
    return gap if math.isfinite(gap) else None


def _trained(row: Row) -> Row:
    names = ("objective", "dim", "seed", "value", "ndcg_at_10", "kl_nats")
    return {name: row[name] for name in names} | {"vectors_per_document": 1}


def _with_all_free(
    row: Row, inputs: Inputs, found: Existence, trained: Sequence[Row]
) -> Row:
    """Adds what vectors of both sides reach; what one side reaches counts too."""
    same = [other for other in trained if other["dim"] == row["dim"]]
    reached = [other["value"] for other in same]
    half = [other["value_float16"] for other in same]
    whole = inputs.trained.is_whole
    if whole and found.witness is not None and found.witness.dim <= row["dim"]:
        part, witness = inputs.trained, found.witness
        scores = witness.rows @ witness.columns.T
        reached.append(float(part.measure(scores)[0].mean()))
        rounded = robustness.rounded(witness, "float16")
        half.append(float(part.measure(rounded)[0].mean()))
    free = max([*reached, row["queries_free"], row["documents_free"]])
    return row | {
        "all_free": min(free, row["best_possible"]),
        "all_free_float16": max([*half, row["queries_free_float16"]]),
    }


def _with_grades(row: Row, ranks_grades: int | None) -> Row:
    """Adds whether what all free vectors miss is geometry's.

    They are fitted to relevant or not. Where the measure tells grades apart too, better
    ones exist from a dimension on; below it, what they miss may be training's.

    Args:
      row: Of a dimension.
      ranks_grades: That dimension; None if the measure tells no grades apart.
    """
    if ranks_grades is not None and row["dim"] >= ranks_grades:
        row = row | {"all_free": row["best_possible"]}
    is_told = ranks_grades is None or row["all_free"] >= row["best_possible"]
    return row | {"geometry_told": is_told}


def _both_count(inputs: Inputs, dim: int) -> bool:
    """Whether neither queries nor documents are so few that they fit anything."""
    assert inputs.collection is not None
    documents = len(inputs.collection.documents)
    return min(inputs.trained.reduced.num_rows, documents) > 2 * dim


def _reranker(inputs: Inputs) -> Row | None:
    """Returns what the ranking of `runs` adds to the vectors, or its value alone."""
    if inputs.runs is None:
        return None
    values = inputs.measure.of(inputs.judgements, inputs.runs)
    low, high = bootstrap.interval(values)
    found: Row = {
        "value": float(values.mean()),
        "low_value": low,
        "high_value": high,
        "queries": len(inputs.judgements.query_ids),
        "queries_ranked": len(inputs.runs),
    }
    if inputs.collection is None:
        unknown = dict.fromkeys(("gain", "low", "high", "difference"))
        return found | unknown
    as_is = causes.values_of(inputs.collection)
    gain, low, high = bootstrap.loss_interval(values, as_is)
    words = verdict.difference(low, high)
    return found | {"gain": gain, "low": low, "high": high, "difference": words}
