"""The ways to store vectors: a row for each, paired with the full ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from set_contrastive.advisor import bootstrap
from set_contrastive.advisor import precisions
from set_contrastive.advisor.cells import Cell
from set_contrastive.advisor.inputs import Inputs
from set_contrastive.base.store import Store

Row = dict[str, Any]


def rows(inputs: Inputs, store: Store, cells: Sequence[Cell]) -> list[Row]:
    """Returns a row for each way, with intervals of its value and of what it loses.

    Args:
      inputs: What was read; without vectors there is no way.
      store: Holds what the cells found.
      cells: Those that were computed, of whatever kind.
    """
    if inputs.collection is None:
        return []
    measured = [cell for cell in cells if cell.kind in ("yours", "learned")]
    full_name = Cell("yours", ("none", inputs.vector_dims[-1])).name
    full = store.arrays(full_name)["float32"]
    found: list[Row] = []
    values = []
    for cell in measured:
        facts, arrays = store.get(cell.name), store.arrays(cell.name)
        reduction = "learned" if cell.kind == "learned" else cell.values[0]
        for precision in precisions.PRECISIONS:
            values.append(arrays[precision])
            row = {"reduction": reduction, "precision": precision}
            row |= {"dim": cell.values[-1], "value": float(values[-1].mean())}
            found.append(row | {"low": 0.0, "high": 0.0, **facts[precision]})
    losses = [full - value for value in values]
    ends = bootstrap.intervals(np.stack([*values, *losses]))
    for place, row in enumerate(found):
        row["low"], row["high"] = ends[place]
        row["loss"] = float(losses[place].mean())
        row["loss_low"], row["loss_high"] = ends[len(found) + place]
    return sorted(found, key=lambda row: (row["reduction"], row["dim"]))


def best_reduction(rows: Sequence[Row], dim: int) -> str:
    """Returns the way to a dimension that keeps most, without training.

    `random` is judged by its mean over the seeds, as one choice may be lucky.
    """
    kept: dict[str, float] = {
        row["reduction"]: row["value"]
        for row in rows
        if row["dim"] == dim
        and row["precision"] == "float32"
        and row["reduction"] != "learned"
    }
    return max(kept, key=lambda name: kept[name])
