"""What makes vectors shorter without training: coordinates, chosen or projected.

* `none`: all coordinates.
* `prefix`: the first `d`, for encoders trained so that these are a good vector
  (Matryoshka, arXiv 2205.13147).
* `random`: `d` coordinates drawn without replacement. Half of them lose under 10 % with
  many encoders (arXiv 2508.17744), so whatever is more elaborate must beat it.
* `pca`: with `m` the mean of the documents and `W [D, d]` the leading eigenvectors of
  their covariance, a document `x` becomes `(x - m) W` and a query `q` becomes `q W`.
  The documents' shift takes `q W . m W` off all scores of a query, which leaves its
  ranking as it is; to shift queries would change rankings. With `d = D` the ranking is
  that of the full vectors.

Users of vectors of unit length compare by cosine, so coordinates of such vectors are
scaled to unit length again. Those of PCA are not: their inner product is the best
approximation of the full one, and by scaling, documents that the axes describe badly
would gain.
"""

import dataclasses
import functools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from set_contrastive.base.choices import choose
from set_contrastive.base.errors import UserError

# Of any float type, maybe mapped from a file.
Vectors = npt.NDArray[np.floating]
Float32 = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

# Documents read at a time.
BLOCK = 8192
# More documents would not change the axes by what matters.
_SAMPLE = 200_000
# float16 keeps lengths to 1e-3.
_LENGTH_TOLERANCE = 1e-2
# Variance of an axis, as a share of that of the first, that is rounding and no signal.
_NO_VARIANCE = 1e-12


@dataclasses.dataclass(frozen=True, eq=False)
class Reduction:
    """Maps vectors of `D` coordinates to vectors of `dim`.

    Attributes:
      name: `none`, `prefix`, `random`, `pca` or `learned`.
      dim: Coordinates of the result.
      columns: The coordinates that are kept, int64 `[dim]`, where some are.
      query_matrix: float32 `[D, dim]`, where queries are projected.
      document_matrix: float32 `[D, dim]`, where documents are projected.
      document_shift: float32 `[dim]`, subtracted from projected documents.
      unit_length: Whether results are scaled to unit length.
    """

    name: str
    dim: int
    columns: Indices | None = None
    query_matrix: Float32 | None = None
    document_matrix: Float32 | None = None
    document_shift: Float32 | None = None
    unit_length: bool = False

    def queries(self, vectors: Vectors) -> Float32:
        """Returns short vectors of queries, float32 `[n, dim]`, of `[n, D]`."""
        return self._shorten(vectors, self.query_matrix)

    def documents(self, vectors: Vectors) -> Float32:
        """Returns short vectors of documents, float32 `[n, dim]`, of `[n, D]`."""
        short = self._shorten(vectors, self.document_matrix)
        return short if self.document_shift is None else short - self.document_shift

    def _shorten(self, vectors: Vectors, matrix: Float32 | None) -> Float32:
        if self.columns is not None:
            vectors = vectors[:, self.columns]
        short: Float32 = np.array(vectors, np.float32)
        if matrix is not None:
            short = short @ matrix
        if self.unit_length:
            lengths = np.linalg.norm(short, axis=1, keepdims=True)
            short /= np.where(lengths > 0, lengths, 1)
        return short


@dataclasses.dataclass(frozen=True, eq=False)
class Axes:
    """Principal axes of documents.

    Attributes:
      mean: float32 `[D]`.
      directions: float32 `[D, D]`, an axis a column, by falling variance. Axes along
        which documents do not differ are zero: there, rounding would be all there is,
        and one bit a coordinate would make as much of it as of signal.
    """

    mean: Float32
    directions: Float32


class Reducer:
    """Fits reductions to documents; what several share is found once.

    Args:
      documents: `[N, D]`; read in blocks.
      seed: Draws the documents that PCA looks at, if there are many.
    """

    def __init__(self, documents: Vectors, seed: int = 0) -> None:
        self._documents = documents
        self._seed = seed

    @functools.cached_property
    def unit_length(self) -> bool:
        """Whether the documents have unit length."""
        return has_unit_length(self._documents)

    @functools.cached_property
    def axes(self) -> Axes:
        """Principal axes of the documents."""
        return principal_axes(self._documents, self._seed)

    def fit(self, name: str, dim: int, seed: int = 0) -> Reduction:
        """Returns a reduction.

        Args:
          name: A name of `REDUCTIONS`.
          dim: Coordinates of the result; those of the documents for `none`.
          seed: Draws the coordinates of `random`.

        Raises:
          UserError: If there is no such reduction, or the dimension does not fit.
        """
        build = choose("reduction", name, REDUCTIONS)
        width = self._documents.shape[1]
        if not 1 <= dim <= width:
            raise UserError(f"dims must be 1 to {width}, as vectors have, got {dim}")
        if name == "none" and dim != width:
            raise UserError(f"dim must be {width} for reduction none, got {dim}")
        return build(self, dim, seed)

    def _none(self, dim: int, seed: int) -> Reduction:
        del seed
        return Reduction("none", dim)

    def _prefix(self, dim: int, seed: int) -> Reduction:
        del seed
        columns = np.arange(dim)
        return Reduction("prefix", dim, columns, unit_length=self.unit_length)

    def _random(self, dim: int, seed: int) -> Reduction:
        rng = np.random.default_rng(seed)
        drawn = np.sort(rng.choice(self._documents.shape[1], dim, replace=False))
        return Reduction("random", dim, drawn, unit_length=self.unit_length)

    def _pca(self, dim: int, seed: int) -> Reduction:
        del seed
        matrix = self.axes.directions[:, :dim]
        return Reduction(
            "pca",
            dim,
            query_matrix=matrix,
            document_matrix=matrix,
            document_shift=self.axes.mean @ matrix,
        )


REDUCTIONS = {
    "none": Reducer._none,
    "prefix": Reducer._prefix,
    "random": Reducer._random,
    "pca": Reducer._pca,
}


def fit(name: str, documents: Vectors, dim: int, seed: int = 0) -> Reduction:
    """Returns a reduction of documents `[N, D]`; see `Reducer`, which fits several."""
    return Reducer(documents, seed).fit(name, dim, seed)


def has_unit_length(vectors: Vectors) -> bool:
    """Returns whether vectors `[N, D]` have length one, to within 1e-2."""
    return all(
        bool((np.abs(np.linalg.norm(b, axis=1) - 1) < _LENGTH_TOLERANCE).all())
        for b in blocks(vectors)
    )


def principal_axes(documents: Vectors, seed: int = 0) -> Axes:
    """Returns the eigenvectors of the covariance of documents, accumulated in float64.

    Args:
      documents: `[N, D]`; of more than 200,000, that many are drawn.
      seed: Draws them.
    """
    count, width = documents.shape
    rows = None
    if count > _SAMPLE:
        rng = np.random.default_rng(seed)
        rows = np.sort(rng.choice(count, _SAMPLE, replace=False))
        count = _SAMPLE
    total = np.zeros(width)
    products = np.zeros((width, width))
    for block in blocks(documents, rows):
        exact = block.astype(np.float64)
        total += exact.sum(axis=0)
        products += exact.T @ exact
    mean = total / count
    variances, directions = np.linalg.eigh(products / count - np.outer(mean, mean))
    variances, directions = variances[::-1], directions[:, ::-1]
    directions = directions * (variances > _NO_VARIANCE * max(variances[0], 1e-300))
    return Axes(mean.astype(np.float32), directions.astype(np.float32))


def blocks(vectors: Vectors, rows: Indices | None = None) -> Iterator[Float32]:
    """Yields vectors as float32, some thousand at a time.

    Args:
      vectors: `[N, D]`.
      rows: Which ones, in order; all by default.
    """
    for start in range(0, len(vectors) if rows is None else len(rows), BLOCK):
        stop = start + BLOCK
        chosen = vectors[start:stop] if rows is None else vectors[rows[start:stop]]
        yield np.asarray(chosen, np.float32)
