"""The best documents of each query, while scores come in blocks."""

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


class Best:
    """Keeps the documents of highest score of each query.

    Of documents that tie for the last place, any may be kept. Once `depth` are found,
    most of a block lies below the worst of them, and one comparison a score is all that
    it costs.

    Args:
      num_queries: Queries.
      depth: Documents to keep of each.
    """

    def __init__(self, num_queries: int, depth: int) -> None:
        self._depth = depth
        self._scores = np.empty((num_queries, 0), np.float32)
        self._documents = np.empty((num_queries, 0), np.int64)

    def add(self, scores: Float32, first: int) -> None:
        """Takes up the scores of the next documents.

        Args:
          scores: `[num_queries, n]`.
          first: Number of the first of these documents.
        """
        if self._scores.shape[1] < self._depth:
            columns = np.arange(first, first + scores.shape[1])
            self._merge(scores, np.broadcast_to(columns, scores.shape))
            return
        worst = self._scores.min(axis=1, keepdims=True)
        hits = np.flatnonzero(scores > worst)
        if not hits.size:
            return
        rows, columns = np.divmod(hits, scores.shape[1])
        counts = np.bincount(rows, minlength=len(scores))
        # A row's hits side by side; rows with fewer are filled with what never wins.
        places = np.arange(len(hits)) - (np.cumsum(counts) - counts)[rows]
        better = np.full((len(scores), counts.max()), -np.inf, np.float32)
        documents = np.zeros(better.shape, np.int64)
        better[rows, places] = scores.ravel()[hits]
        documents[rows, places] = first + columns
        self._merge(better, documents)

    def _merge(self, scores: Float32, documents: Indices) -> None:
        scores = np.concatenate([self._scores, scores], axis=1)
        documents = np.concatenate([self._documents, documents], axis=1)
        if scores.shape[1] > self._depth:
            cut = scores.shape[1] - self._depth
            kept = np.argpartition(scores, cut, axis=1)[:, cut:]
            scores = np.take_along_axis(scores, kept, axis=1)
            documents = np.take_along_axis(documents, kept, axis=1)
        self._scores, self._documents = scores, documents

    def ranked(self) -> tuple[Float32, Indices]:
        """Returns scores and documents, `[num_queries, depth]`, best first.

        Of equal scores, the document of the lower number is first.
        """
        order = np.lexsort((self._documents, -self._scores), axis=1)
        return (
            np.take_along_axis(self._scores, order, axis=1),
            np.take_along_axis(self._documents, order, axis=1),
        )
