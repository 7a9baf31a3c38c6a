"""The cells of an advice: what is computed by itself, side by side, and kept."""

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

from set_contrastive.advisor import advice
from set_contrastive.advisor import causes
from set_contrastive.advisor import encoder_cells
from set_contrastive.advisor import folds
from set_contrastive.advisor import inputs as inputs_lib
from set_contrastive.advisor import precisions
from set_contrastive.advisor import reached
from set_contrastive.advisor import robustness
from set_contrastive.advisor import several
from set_contrastive.advisor.advice_config import AdviceConfig
from set_contrastive.advisor.encoder_cells import Cell as Measured
from set_contrastive.advisor.inputs import Inputs
from set_contrastive.base.store import Arrays
from set_contrastive.base.store import Store

Computed = tuple[dict[str, Any], Arrays]


@dataclasses.dataclass(frozen=True)
class Cell:
    """Something to compute.

    Attributes:
      kind: One of `KINDS`.
      values: What its function takes.
      minutes: An estimate, for the progress bar.
    """

    kind: str
    values: tuple[Any, ...]
    minutes: float = 0.1

    @property
    def name(self) -> str:
        """Name of its result."""
        return "-".join([self.kind, *map(str, self.values)])


@dataclasses.dataclass(frozen=True)
class Task:
    """A cell, and what a process needs to know to compute it."""

    config: AdviceConfig
    cell: Cell


def store_of(config: AdviceConfig) -> Store:
    """Returns where the cells' results are."""
    return Store(pathlib.Path(config.output) / "cells")


def run(task: Task) -> None:
    """Computes a cell and keeps the result."""
    inputs = inputs_lib.load(task.config)
    values, arrays = KINDS[task.cell.kind](inputs, *task.cell.values)
    store_of(task.config).put(task.cell.name, values, arrays)


def _reached(inputs: Inputs, objective: str, dim: int, seed: int) -> Computed:
    """Trains free vectors; keeps them if they retrieve all."""
    part = inputs.trained
    weights = part.reduced.weights
    witness = reached.train(part.mask, weights, objective, dim, seed)
    scores = witness.rows @ witness.columns.T
    value, ndcg = part.measure(scores)
    survived = {
        precision: robustness.survives(witness, precision, part.mask)
        for precision in robustness.PRECISIONS
    }
    rounded = robustness.rounded(witness, "float16")
    summary = reached.summary(witness, part.mask, weights)
    found = {
        "objective": objective,
        "dim": dim,
        "seed": seed,
        "value": float(value.mean()),
        "value_float16": float(part.measure(rounded)[0].mean()),
        "ndcg_at_10": float(ndcg.mean()),
        "kl_nats": reached.kl_nats(scores, part.mask, weights),
        "retrieved": summary["retrieved"],
        "precisions": survived,
    }
    if summary["retrieved"] < 1:
        return found, {}
    return found, {"rows": witness.rows, "columns": witness.columns}


def _several(inputs: Inputs, number: int, dim: int, seed: int) -> Computed:
    """Trains free vectors of which a document has several."""
    part = inputs.trained
    weights = part.reduced.weights
    scores = several.train(part.mask, weights, number, dim, seed).scores()
    value, ndcg = part.measure(scores)
    found = {
        "objective": advice.MAX_SIM,
        "dim": dim,
        "seed": seed,
        "value": float(value.mean()),
        "ndcg_at_10": float(ndcg.mean()),
        "kl_nats": reached.kl_nats(scores, part.mask, weights),
        "vectors_per_document": number,
    }
    return found, {}


def _yours(inputs: Inputs, reduction: str, dim: int) -> Computed:
    """Measures vectors that are shortened without training, in all precisions."""
    assert inputs.collection is not None
    measured = {
        precision: encoder_cells.measure_cell(
            inputs.collection, reduction, precision, dim, inputs.config.seeds
        )
        for precision in precisions.PRECISIONS
    }
    return _measured(measured)


def _learned(inputs: Inputs, dim: int) -> Computed:
    """Measures linear heads on queries that they were not learned on."""
    heads = causes.load_heads()
    assert inputs.collection is not None
    fold_of_query = folds.split(
        len(inputs.judgements.query_ids), inputs.config.folds, 0
    )
    return _measured(heads.learned_values(inputs.collection, dim, fold_of_query))


def _measured(cells: dict[str, Measured]) -> Computed:
    facts = {
        precision: {
            "bytes_per_document": cell.bytes_per_document,
            "ms_per_query": cell.ms_per_query,
        }
        for precision, cell in cells.items()
    }
    return facts, {precision: cell.values for precision, cell in cells.items()}


def _cause(inputs: Inputs, reduction: str, dim: int) -> Computed:
    return causes.compute(inputs, reduction, dim), {}


KINDS: dict[str, Callable[..., Computed]] = {
    "reached": _reached,
    "several": _several,
    "yours": _yours,
    "learned": _learned,
    "cause": _cause,
}
