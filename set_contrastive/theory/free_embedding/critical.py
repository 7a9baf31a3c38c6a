"""The critical number of documents of each dimension: the largest that is solved."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.theory.free_embedding import names
from set_contrastive.theory.free_embedding import top_two
from set_contrastive.theory.result import Result

# Table 6 of arXiv 2508.21038, for pairs of documents.
PUBLISHED = {4: 10, 5: 14, 6: 19, 7: 24, 8: 28, 9: 32, 10: 36}

_CLAIM = (
    "critical_n is the largest number of documents that training solved, sought as the "
    "paper does: galloping, then halving, from the largest known. It is a lower bound "
    "of what the dimension allows, where from 4 on every number can be solved: the "
    "documents on the trigonometric moment curve, by construction. So what it measures "
    "is the optimization. A row at max_documents was not followed further."
)


@dataclasses.dataclass(frozen=True)
class Critical:
    """The critical number of one dimension and one start.

    Attributes:
      num_documents: The largest number solved.
      trainings: Number of trainings.
      steps: Steps of the longest one.
    """

    num_documents: int
    trainings: int
    steps: int


def find(
    dim: int,
    seed: int,
    settings: top_two.Settings,
    first: int,
    max_documents: int,
    on_training: Callable[[int, bool], None] = lambda *_: None,
) -> Critical:
    """Searches the largest number of documents that is solved, by gallop and halving.

    As any search that halves it takes for granted that what is solved for n is solved
    for fewer; a training may fail where a larger one does not.

    Args:
      dim: Dimension of the vectors.
      seed: Seed of the first vectors.
      settings: How to train.
      first: Number of documents to start with, at least 2.
      max_documents: Number of documents at most.
      on_training: Called with the number of documents and whether it was solved.
    """
    outcomes: dict[int, top_two.Outcome] = {}

    def is_solved(count: int) -> bool:
        if count <= 2:
            return True  # Both documents of the one query.
        if count not in outcomes:
            outcomes[count] = top_two.train(count, dim, seed, settings)
            on_training(count, outcomes[count].is_solved)
        return outcomes[count].is_solved

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


def compute(
    dims: Sequence[int],
    restarts: int,
    seed: int,
    max_documents: int,
    variants: Sequence[top_two.Settings],
) -> Result:
    """Searches the critical numbers of some dimensions, for some ways of training.

    Args:
      dims: Dimensions, in order: each search starts from what the one before found.
      restarts: Number of starts of each.
      seed: Seed of the first start; the others follow.
      max_documents: Number of documents at most.
      variants: Ways of training.

    Raises:
      UserError: If a value is out of range.
    """
    if not dims:
        raise UserError("dims must list at least one value, got none")
    for dim in dims:
        if dim < 1:
            raise UserError(f"dims must be at least 1, got {dim}")
    for name, value, least in (
        ("restarts", restarts, 1),
        ("seed", seed, 0),
        ("max_documents", max_documents, 3),
    ):
        if value < least:
            raise UserError(f"{name} must be at least {least}, got {value}")
    rows = []
    with tqdm(total=len(variants) * len(dims) * restarts, unit="search") as bar:
        for variant in variants:
            first = [2 * dims[0]] * restarts
            for dim in dims:
                began = time.perf_counter()
                found = []
                for start in range(restarts):
                    bar.set_description(f"{variant.label} d={dim}")

                    def show(count: int, solved: bool, bar: Any = bar) -> None:
                        bar.set_postfix(n=count, solved=solved, refresh=False)

                    found.append(
                        find(
                            dim,
                            seed + start,
                            variant,
                            first[start],
                            max_documents,
                            show,
                        )
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
    return Result(names.LIMIT, title, _CLAIM, tuple(rows), settings)


def _row(
    dim: int, variant: top_two.Settings, found: Sequence[Critical], seconds: float
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


def moment_curve(
    num_documents: int,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Returns unit vectors in R^4 that solve all pairs of any number of documents.

    Documents stand on the trigonometric moment curve, `(cos t, sin t, cos 2t, sin 2t) /
    sqrt 2`, whose hull, a cyclic polytope, has every pair as an edge. For the pair of
    angles s and t, `(1 - cos(x - s)) (1 - cos(x - t))` is 0 at x = s and x = t and
    above 0 elsewhere; its negative is, but for a constant, an inner product with the
    document of angle x. See G. M. Ziegler, Lectures on Polytopes, section 0.

    Args:
      num_documents: Number of documents, `n`.

    Returns:
      Queries `[n (n - 1) / 2, 4]`, in the order of `top_two.pairs`, and documents
      `[n, 4]`. The least margin falls as n^-4.
    """
    angles = 2 * np.pi * np.arange(num_documents) / num_documents
    documents = _curve(angles) / np.sqrt(2.0)
    s, t = angles[top_two.pairs(num_documents)].T
    both = s + t
    queries = np.stack(
        [
            np.cos(s) + np.cos(t),
            np.sin(s) + np.sin(t),
            -0.5 * np.cos(both),
            -0.5 * np.sin(both),
        ],
        axis=1,
    )
    return queries / np.linalg.norm(queries, axis=1, keepdims=True), documents


def _curve(angles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    columns = [np.cos(angles), np.sin(angles), np.cos(2 * angles), np.sin(2 * angles)]
    return np.stack(columns, axis=1)
