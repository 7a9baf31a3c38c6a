"""The critical number of documents of each dimension: about the largest solved."""

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.free_vectors import training
from set_contrastive.games.game import KeyMask

NAME = "free_embedding_limit"

# As the paper trains, but for the number of steps.
SETTINGS = training.Settings(
    objective="infonce",
    normalize=True,
    unit_start=True,
    temperature=0.1,
    learning_rate=0.01,
    last_rate=1.0,
    max_steps=20_000,
    patience=1_000,
    check_every=50,
    dtype="float32",
)

# Table 6 of arXiv 2508.21038, for pairs of documents.
PUBLISHED = {4: 10, 5: 14, 6: 19, 7: 24, 8: 28, 9: 32, 10: 36}

_CLAIM = (
    "critical_n is where a search as the paper's ended, galloping and then halving: "
    "training solved that number of documents and not one more. It may solve larger "
    "numbers, as it fails now and then where it later succeeds, so critical_n and "
    "least_n, the best and the worst start, are lower bounds of what training solves. "
    "They are lower bounds of what the dimension allows, where from 4 on every number "
    "can be solved: the documents on the trigonometric moment curve, by construction. "
    "So what they measure is the optimization. A row at max_documents was not followed "
    "further."
)


@dataclasses.dataclass(frozen=True)
class Critical:
    """The critical number of one dimension and one start.

    Attributes:
      num_documents: The number solved at which the search ended.
      trainings: Number of trainings.
      steps: Steps of the longest one.
    """

    num_documents: int
    trainings: int
    steps: int


def pairs(num_documents: int) -> KeyMask:
    """Returns a query for each pair of documents, bool `[n (n - 1) / 2, n]`."""
    places = np.stack(np.triu_indices(num_documents, 1), axis=1)
    mask = np.zeros((len(places), num_documents), np.bool_)
    np.put_along_axis(mask, places, True, axis=1)
    return mask


def find(
    dim: int,
    seed: int,
    settings: training.Settings,
    first: int,
    max_documents: int,
) -> Critical:
    """Searches for a number of documents that is solved, by gallop and halving.

    As any search that halves it takes for granted that what is solved for n is solved
    for fewer; a training may fail where a larger one does not. So what is found is a
    lower bound of the largest number solved, the next one having failed.

    `first` is the number of documents to start with, at least 2.
    """
    outcomes: dict[int, training.Trained] = {}

    def is_solved(count: int) -> bool:
        if count <= 2:
            return True  # Both documents of the one query.
        if count not in outcomes:
            drawn_by = [seed, count, dim]
            outcomes[count] = training.train(pairs(count), dim, settings, drawn_by)
        return outcomes[count].retrieved == 1

    low = high = min(max(first, 2), max_documents)
    step = 1
    while not is_solved(low):
        high, low, step = low, max(low - step, 2), 2 * step
    if high == low:
        step = 1
        while low < max_documents and is_solved(high := min(low + step, max_documents)):
            low, step = high, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_solved(middle) else (low, middle)
    longest = max((outcome.steps for outcome in outcomes.values()), default=0)
    return Critical(low, len(outcomes), longest)


def label(way: training.Settings) -> str:
    """Returns the name of a way of training."""
    return way.objective + ("" if way.normalize else ", not normalized")


def compute(
    dims: Sequence[int],
    restarts: int,
    seed: int,
    max_documents: int,
    variants: Sequence[training.Settings],
) -> Result:
    """Searches the critical numbers of some dimensions, for some ways of training.

    Dimensions are in order: each search starts from what the one before found. `seed`
    is that of the first start; the others follow.

    Raises:
      UserError: If `max_documents` is less than 3.
    """
    if max_documents < 3:
        raise UserError(f"max_documents must be at least 3, got {max_documents}")
    rows = []
    with tqdm(total=len(variants) * len(dims) * restarts, unit="search") as bar:
        for variant in variants:
            first = [2 * dims[0]] * restarts
            for dim in dims:
                began = time.perf_counter()
                found = []
                for start in range(restarts):
                    bar.set_description(f"{label(variant)} d={dim}")
                    found.append(
                        find(dim, seed + start, variant, first[start], max_documents)
                    )
                    bar.update()
                first = [critical.num_documents for critical in found]
                rows.append(_row(dim, variant, found, time.perf_counter() - began))
    settings = {
        "restarts": restarts,
        "seed": seed,
        "max_documents": max_documents,
        "trainings": [dataclasses.asdict(variant) for variant in variants],
    }
    title = "Documents all of whose pairs free embeddings can retrieve"
    return Result(NAME, title, _CLAIM, tuple(rows), settings)


def _row(
    dim: int, variant: training.Settings, found: Sequence[Critical], seconds: float
) -> dict[str, Any]:
    numbers = [critical.num_documents for critical in found]
    return {
        "objective": variant.objective,
        "normalize": variant.normalize,
        "vector_dim": dim,
        "critical_n": max(numbers),
        "least_n": min(numbers),
        "mean_n": float(np.mean(numbers)),
        "restarts": len(numbers),
        "published_n": PUBLISHED.get(dim),
        "trainings": sum(critical.trainings for critical in found),
        "longest_training": max(critical.steps for critical in found),
        "seconds": round(seconds, 1),
    }
