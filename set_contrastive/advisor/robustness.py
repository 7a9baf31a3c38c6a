"""Which precision vectors survive: casts of documents and queries, scored again.

* float32, float16, bfloat16: queries and documents are rounded.
* int8: each coordinate of the documents is one of 256 steps between its least and its
  largest value, as faiss has it; queries stay in float32.
* binary: a document keeps the sign of each coordinate, less the documents' mean;
  queries stay in float32.

Products are summed in float32. So a dimension that suffices in exact arithmetic may
fail where gaps are below what rounding leaves intact: for documents on the moment curve
the gap falls as `C^-2k`.
"""

import ml_dtypes
import numpy as np
import numpy.typing as npt

from set_contrastive.advisor import retrieval
from set_contrastive.advisor.existence import Witness

Float32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

PRECISIONS = ("float32", "float16", "bfloat16", "int8", "binary")
_ROUNDED = {
    "float32": np.float32,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
}
_STEPS = 255


def cast(vectors: npt.NDArray[np.floating], precision: str) -> Float32:
    """Returns documents as a precision stores them, in float32 again, `[C, d]`."""
    if precision in _ROUNDED:
        return _round(vectors, precision)
    if precision == "binary":
        return np.where(vectors > vectors.mean(axis=0), 1.0, -1.0).astype(np.float32)
    least = vectors.min(axis=0)
    width = (vectors.max(axis=0) - least) / _STEPS
    steps = np.round((vectors - least) / np.where(width > 0, width, 1.0))
    decoded: Float32 = (least + steps * width).astype(np.float32)
    return decoded


def survives(witness: Witness, precision: str, mask: Mask) -> tuple[float, float]:
    """Returns what is retrieved in a precision, and the smallest gap there.

    Args:
      witness: Vectors of rows and columns. Rows are scaled to length one first, and
        columns by one factor to at most that.
      precision: One of `PRECISIONS`.
      mask: The relation, bool `[R, C]`.

    Returns:
      The share of the relevant columns among as many best-scored ones, averaged over
      rows, where ties count as lost; and the smallest gap in that precision, above 0
      only if nothing is lost.
    """
    queries, documents = _cast_both(witness, precision)
    recall = retrieval.recall(queries @ documents.T, mask, np.ones(len(mask)))
    return recall, retrieval.min_gap(queries, documents, mask)


def rounded(witness: Witness, precision: str) -> Float32:
    """Returns the scores that remain in a precision, `[R, C]`."""
    queries, documents = _cast_both(witness, precision)
    scores: Float32 = queries @ documents.T
    return scores


def _cast_both(witness: Witness, precision: str) -> tuple[Float32, Float32]:
    rows = retrieval.unit(witness.rows)
    columns = retrieval.in_unit_ball(witness.columns)
    queries = _round(rows, precision) if precision in _ROUNDED else _round(rows)
    return queries, cast(columns, precision)


def _round(vectors: npt.NDArray[np.floating], precision: str = "float32") -> Float32:
    rounded: Float32 = vectors.astype(_ROUNDED[precision]).astype(np.float32)
    return rounded
