"""The key vectors of an exported scorer as an index that faiss searches.

This is what vectors buy: keys are encoded once, and an index finds the best of millions
without scoring them all. A cross-encoder has no vector of a key.
"""

import dataclasses
import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from export import exported_scorer
from export import late_search
from export.exported_scorer import ExportedScorer
from export.late_search import Vectors
from set_contrastive.base.errors import UserError

VECTORS = "key_vectors.npy"
NAMES = "key_names.txt"
INDEX = "keys.faiss"


def write(saved_model: pathlib.Path, output: pathlib.Path, factory: str) -> int:
    """Writes the vectors of all keys, their names, and a faiss index of them.

    Of a two-tower, the inner product of row k of the index and what the signature
    `encode_query` gives is the score of key k, bias included. Of a late interaction
    model with m vectors of a key, rows `k m` to `k m + m - 1` are those of key k, and
    `read` gives what searches them. With the aggregate `sum` they are one, their sum.

    Args:
      saved_model: One version of an exported scorer that has vectors.
      output: Folder for `key_vectors.npy` (float32 `[K, D]`, or `[K, m, D]` for several
        vectors of a key), `key_names.txt` and `keys.faiss`.
      factory: faiss's description of the index, such as `Flat` or `HNSW32`.

    Returns:
      The number of keys.

    Raises:
      UserError: If keys have no vectors, faiss is not installed or does not know the
        description, or the index cannot be trained on these keys or take them.
    """
    faiss = load_faiss()
    scorer = _load(saved_model)
    vectors = _encode_keys(scorer)
    rows = vectors.reshape(-1, vectors.shape[-1])
    try:
        index = faiss.index_factory(rows.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
        index.train(rows)
        index.add(rows)  # Some, such as IDMap, take no vectors without numbers.
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise UserError(
            f"index={factory} must be a description that faiss takes for "
            f"{len(rows)} key vectors of dimension {rows.shape[1]}: {reason}"
        ) from error
    output.mkdir(parents=True, exist_ok=True)
    np.save(output / VECTORS, vectors)
    (output / NAMES).write_text("".join(f"{name}\n" for name in scorer.spec.keys))
    faiss.write_index(index, str(output / INDEX))
    return len(vectors)


@dataclasses.dataclass(frozen=True, eq=False)
class KeyIndex:
    """An index and the scorer that it was written for.

    Attributes:
      scorer: The exported scorer.
      index: faiss's index.
      vectors: Vectors of the keys, `[K, m, D]`.
    """

    scorer: ExportedScorer
    index: Any
    vectors: Vectors

    def search(
        self, queries: npt.NDArray[np.int32], top: int, candidates: int = 100
    ) -> tuple[npt.NDArray[np.int64], Vectors]:
        """Returns the numbers and the scores of the best keys, each `[n, top]`.

        The scores are exact; whether the best keys are found depends on the index and,
        of several vectors of a key, on the candidates. Where fewer keys were found, the
        number is -1.

        Args:
          queries: Symbols of the queries, `[n, T]`.
          top: Number of keys to return.
          candidates: Number of vectors that each vector of a query asks the index for.
        """
        encode = self.scorer.signatures["encode_query"]
        (vectors,) = encode(query=tf.constant(queries)).values()
        several = vectors.numpy().reshape(len(queries), -1, self.index.d)
        return late_search.search(
            self.index,
            self.vectors,
            _summed(several, self.scorer),
            late_search.aggregate_of(self.scorer.config),
            top,
            candidates,
        )


def read(saved_model: pathlib.Path, folder: pathlib.Path) -> KeyIndex:
    """Reads what `write` wrote.

    Args:
      saved_model: The version of the scorer that it was written for.
      folder: Folder of the index.

    Raises:
      UserError: If there is no index, or it is that of another export.
    """
    faiss = load_faiss()
    scorer = _load(saved_model)
    try:
        stored = np.load(folder / VECTORS)
        index = faiss.read_index(str(folder / INDEX))
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(f"no index found in index={folder}: {error}") from error
    vectors = _encode_keys(scorer)
    size = index.ntotal, index.d
    rows = vectors.reshape(-1, vectors.shape[-1])
    same = stored.shape == vectors.shape and np.allclose(stored, vectors, 1e-5, 1e-6)
    if size != rows.shape or not same:
        raise UserError(
            f"index={folder} must be that of saved_model={saved_model}, but it holds "
            "the vectors of another export; write it again"
        )
    return KeyIndex(scorer, index, rows.reshape(len(vectors), -1, index.d))


def load_faiss() -> Any:
    """Returns the faiss module.

    Raises:
      UserError: If it is not installed.
    """
    try:
        import faiss
    except ImportError as error:
        raise UserError(
            "an index needs faiss: pip install 'set_contrastive[faiss]'"
        ) from error
    return faiss


def _load(saved_model: pathlib.Path) -> ExportedScorer:
    """Returns a scorer whose keys have vectors."""
    scorer = exported_scorer.load(saved_model)
    if "encode_key" not in scorer.signatures:
        raise UserError(
            f"saved_model={saved_model} must be of a family that has vectors, but its "
            f"keys have none; it has the signatures "
            f"{', '.join(sorted(scorer.signatures))}"
        )
    return scorer


def _encode_keys(scorer: ExportedScorer) -> Vectors:
    """Returns the vectors of all keys, `[K, D]` or `[K, m, D]`."""
    numbers = tf.range(scorer.spec.num_keys, dtype=tf.int32)
    (vectors,) = scorer.signatures["encode_key"](key=numbers).values()
    return np.ascontiguousarray(_summed(vectors.numpy(), scorer), np.float32)


def _summed(vectors: Vectors, scorer: ExportedScorer) -> Vectors:
    """Returns several vectors as one, their sum, if that is what scores are made of."""
    if vectors.ndim == 3 and scorer.config.aggregate == "sum":
        return np.asarray(vectors.sum(axis=1, keepdims=True), np.float32)
    return vectors
