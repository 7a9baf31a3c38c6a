"""The key vectors of an exported two-tower as an index that faiss searches.

This is what a two-tower buys: keys are encoded once, and an index finds the best of
millions without scoring them all. A cross-encoder has no vector of a key.
"""

import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from export import exported_scorer
from set_contrastive.base.errors import UserError

VECTORS = "key_vectors.npy"
NAMES = "key_names.txt"
INDEX = "keys.faiss"


def write(saved_model: pathlib.Path, output: pathlib.Path, factory: str) -> int:
    """Writes the vectors of all keys, their names, and a faiss index of them.

    The inner product of row k of the index and what the signature `encode_query` gives
    is the score of key k, bias included.

    Args:
      saved_model: One version of an exported two-tower.
      output: Folder for `key_vectors.npy` (float32 `[K, D]`), `key_names.txt` and
        `keys.faiss`.
      factory: faiss's description of the index, such as `Flat` or `HNSW32`.

    Returns:
      The number of keys.

    Raises:
      UserError: If there is no two-tower, faiss is not installed or does not know the
        description, or there are too few keys to train the index.
    """
    faiss = load_faiss()
    names, vectors = _encode(saved_model)
    try:
        index = faiss.index_factory(
            vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT
        )
        index.train(vectors)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise UserError(
            f"index={factory} must be a description that faiss takes for "
            f"{len(vectors)} keys of dimension {vectors.shape[1]}: {reason}"
        ) from error
    index.add(vectors)
    output.mkdir(parents=True, exist_ok=True)
    np.save(output / VECTORS, vectors)
    (output / NAMES).write_text("".join(f"{name}\n" for name in names))
    faiss.write_index(index, str(output / INDEX))
    return len(names)


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


def _encode(
    saved_model: pathlib.Path,
) -> tuple[tuple[str, ...], npt.NDArray[np.float32]]:
    """Returns the names and the vectors `[K, D]` of all keys."""
    scorer = exported_scorer.load(saved_model)
    if "encode_key" not in scorer.signatures:
        raise UserError(
            f"saved_model={saved_model} must be a two-tower, but its keys have no "
            f"vectors; it has the signatures {', '.join(sorted(scorer.signatures))}"
        )
    numbers = tf.range(scorer.spec.num_keys, dtype=tf.int32)
    vectors = scorer.signatures["encode_key"](key=numbers)["vector"].numpy()
    return scorer.spec.keys, np.ascontiguousarray(vectors, np.float32)
