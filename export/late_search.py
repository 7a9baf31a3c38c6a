"""Finds the best keys by several vectors each: candidates by single vectors, then all.

Every vector of every key is a row of an index. Each vector of a query asks it for the
best rows; the keys that they belong to are the candidates, as in ColBERT (arXiv
2004.12832, section 3.6). Their scores are then computed in full. A key is missed if
none of its vectors is among the best rows of any query vector.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from set_contrastive.configs.model_config import ModelConfig

Vectors = npt.NDArray[np.float32]

# Products [..., m_q, m_k] of the vectors of a query and a key -> scores [...]
Aggregate = Callable[[Any], Any]


def max_sim(products: Any) -> Any:
    """Each query vector's best key vector, summed."""
    return products.max(axis=-1).sum(axis=-1)


def mean_max_sim(products: Any) -> Any:
    """Each query vector's best key vector, their mean."""
    return products.max(axis=-1).mean(axis=-1)


def aggregate_of(config: ModelConfig) -> Aggregate:
    """Returns how a late interaction model makes a score of products.

    The aggregate `sum` needs none: its vectors are summed before.
    """

    def smooth(products: Any) -> Any:
        temperature = config.smooth_temperature
        scaled = products / temperature
        best = scaled.max(axis=-1, keepdims=True)
        sums = np.exp(scaled - best).sum(axis=-1)
        return temperature * (best[..., 0] + np.log(sums)).sum(axis=-1)

    known = {"smooth": smooth, "mean_max_sim": mean_max_sim}
    return known.get(config.aggregate, max_sim)


def search(
    index: Any,
    keys: Vectors,
    queries: Vectors,
    aggregate: Aggregate,
    top: int,
    candidates: int,
) -> tuple[npt.NDArray[np.int64], Vectors]:
    """Returns the numbers and the scores of the best keys, each `[n, top]`.

    Ties go to the lower key number. Where fewer candidates were found, the number is -1
    and the score minus infinity, as in faiss.

    Args:
      index: faiss's index of the rows `[K * m_k, D]` of `keys`.
      keys: Vectors of the keys, `[K, m_k, D]`.
      queries: Vectors of the queries, `[n, m_q, D]`.
      aggregate: What makes a score of products.
      top: Number of keys to return.
      candidates: Number of rows that each query vector asks for.
    """
    count, _, dim = queries.shape
    _, rows = index.search(np.ascontiguousarray(queries.reshape(-1, dim)), candidates)
    found = rows.reshape(count, -1) // keys.shape[1]  # Of what is missing -1 stays.
    numbers = np.full((count, top), -1, np.int64)
    scores = np.full((count, top), -np.inf, np.float32)
    for place, query in enumerate(queries):
        known = np.unique(found[place][found[place] >= 0])
        exact = aggregate(query @ keys[known].transpose(0, 2, 1))
        best = np.argsort(-exact, kind="stable")[:top]
        numbers[place, : len(best)], scores[place, : len(best)] = (
            known[best],
            exact[best],
        )
    return numbers, scores
