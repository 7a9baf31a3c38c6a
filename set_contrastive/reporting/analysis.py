"""Error analysis of a study: by number of matching keys, and one query in full."""

import dataclasses

import numpy as np
import numpy.typing as npt

from set_contrastive.reporting.measured_cell import MeasuredCell
from set_contrastive.reporting.results import Results
from set_contrastive.runs import metrics

# Queries with so many matching keys are looked at apart, as in the study of 2021.
MIDDLE_SIZES = range(10, 21)
_EXAMPLE_SIZE = 13


@dataclasses.dataclass(frozen=True)
class Example:
    """One query and what each model predicts for it.

    Attributes:
      game: Name of the game.
      text: The query.
      keys: Names of the keys, `[K]`.
      truth: Distribution of the matching keys, `[K]`.
      predictions: Title of each model and its distribution, `[K]`.
    """

    game: str
    text: str
    keys: tuple[str, ...]
    truth: npt.NDArray[np.float64]
    predictions: dict[str, npt.NDArray[np.float64]]


def example(results: Results, game: str) -> Example | None:
    """Returns the first query with 13 matching keys, or the number nearest to that.

    Models are those of the lowest seed whose scores are there: a folder that was sent
    on may hold the measures alone. None if no scores of the game are.
    """
    found = [
        cells[0]
        for model in results.models
        if (cells := [cell for cell in results.of(game, model) if cell.has_scores])
    ]
    if not found:
        return None
    queries, mask = found[0].queries(), found[0].key_mask()
    place = int(np.abs(mask.sum(axis=1) - _EXAMPLE_SIZE).argmin())
    query = queries[place]
    predictions = {}
    for result in found:
        same = np.flatnonzero((result.queries() == query).all(axis=1))
        if len(same):
            row = result.scores()[same[:1]]
            predictions[result.cell.title] = np.exp(metrics.log_softmax(row))[0]
    rules = found[0].rules
    truth = mask[place] / mask[place].sum()
    return Example(game, rules.format(query), rules.keys, truth, predictions)


def by_subset_size(result: MeasuredCell, measure: str) -> dict[int, float]:
    """Returns a measure's mean for each number of matching keys."""
    sizes = (result.measures or {}).get("by_subset_size", {})
    return {int(size): row[measure] for size, row in sizes.items()}


def true_entropy_bits(result: MeasuredCell, sizes: range | None = None) -> float:
    """Mean entropy of the truth, `log2 |S|`, over queries of these sizes, in bits."""
    counts = by_subset_size(result, "num_queries")
    chosen = {s: n for s, n in counts.items() if sizes is None or s in sizes}
    if not chosen:
        return float("nan")
    return float(np.average(np.log2(list(chosen)), weights=list(chosen.values())))


def mean_entropy_bits(result: MeasuredCell, sizes: range | None = None) -> float:
    """Mean entropy of the prediction over queries of these sizes, in bits."""
    counts = by_subset_size(result, "num_queries")
    entropies = by_subset_size(result, "entropy_bits")
    chosen = [size for size in counts if sizes is None or size in sizes]
    if not chosen:
        return float("nan")
    return float(
        np.average(
            [entropies[size] for size in chosen],
            weights=[counts[size] for size in chosen],
        )
    )
