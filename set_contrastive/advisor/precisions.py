"""Document vectors in fewer bytes, as faiss keeps them, and exact search among them.

| precision | bytes of `d` coordinates | what is kept of coordinate `x` |
| --- | --- | --- |
| `float32` | `4 d` | `x` |
| `float16` | `2 d` | `x`, rounded |
| `int8` | `d` | one of 256 equal steps between the coordinate's extremes |
| `binary` | `ceil(d / 8)` | whether `x` is above the documents' mean |

Whatever is learned of the coordinates (extremes, mean) is learned of all documents and
of no query. Queries stay float32, but with `binary` they become bits in the same way;
the score is the inner product, with `binary` minus the Hamming distance `h`.

Short codes make many ties: 4 bits tell 16 documents apart. They are broken by an order
of the documents that is drawn once, never by the order of a file, in which relevant
documents may be the first: the score is `-h - u` with `u` in [0, 1/2) drawn for each
document, and `ceil(score) = -h`.

Rankings are computed on what the index holds, decoded, by matrix products: with many
queries that is up to ten times as fast as the index itself. What a query costs is
measured on the index, though.
"""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from set_contrastive.advisor import best
from set_contrastive.advisor import scan_time
from set_contrastive.base.choices import choose
from set_contrastive.base.errors import UserError

Float32 = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
# Yields all documents in order, `[n, d]` at a time, whenever it is called.
Blocks = Callable[[], Iterable[Float32]]

PRECISIONS = ("float32", "float16", "int8", "binary")

# Documents and queries of a matrix product, whose result then stays in the cache.
_DOCUMENTS = 8192
_QUERIES = 128


@dataclasses.dataclass(frozen=True, eq=False)
class Found:
    """What a search found.

    Attributes:
      scores: float32 `[Q, depth]`, falling.
      documents: Numbers of the documents, int64 `[Q, depth]`.
      ms_per_query: What a scan of the index takes; see `scan_time`.
    """

    scores: Float32
    documents: Indices
    ms_per_query: float


def bytes_per_document(precision: str, dim: int) -> int:
    """Returns the bytes of a document's vector, without what all documents share."""
    sizes = {"float32": 4 * dim, "float16": 2 * dim, "int8": dim}
    return choose("precision", precision, sizes | {"binary": -(-dim // 8)})


def search(
    precision: str, queries: Float32, documents: Blocks, depth: int, threads: int = 1
) -> Found:
    """Returns the best documents of each query, by exact search.

    Args:
      precision: One of `PRECISIONS`.
      queries: `[Q, d]`.
      documents: Yields all documents, `[n, d]` at a time.
      depth: Documents to find for each query; all, where there are fewer.
      threads: Threads of faiss while time is taken.

    Raises:
      UserError: If there is no such precision, or faiss is not installed.
    """
    index = Index(precision, documents)
    scores, found = index.search(queries, depth)
    return Found(scores, found, index.ms_per_query(queries, depth, threads))


class Index:
    """Documents in one precision.

    Args:
      precision: One of `PRECISIONS`.
      documents: Yields all documents, `[n, d]` at a time.
      seed: Draws the order of documents that tie, with `binary`.

    Attributes:
      num_documents: Their number, N.
      dim: Their coordinates, d.

    Raises:
      UserError: If there is no such precision, or faiss is not installed.
    """

    def __init__(self, precision: str, documents: Blocks, seed: int = 0) -> None:
        build = {"float32": self._float32, "float16": self._float16}
        build |= {"int8": self._int8, "binary": self._bits}
        chosen = choose("precision", precision, build)
        self._faiss = _load_faiss()
        self._binary = precision == "binary"
        self.dim = next((block.shape[1] for block in documents()), 0)
        if not self.dim:
            raise UserError("documents must be at least one, got none")
        self._mean = np.zeros(self.dim, np.float32)
        self._index: Any = chosen(documents)
        for block in documents():
            self._index.add(self._encoded(block))
        self.num_documents = int(self._index.ntotal)
        rng = np.random.default_rng(seed)
        # Multiples of 2^-14, which float32 adds exactly to distances below 1,024.
        drawn = rng.integers(2**13, size=self.num_documents if self._binary else 0)
        self._tie_breaks = (drawn / 2**14).astype(np.float32)

    def search(self, queries: Float32, depth: int) -> tuple[Float32, Indices]:
        """Returns scores, falling, and documents, `[Q, min(depth, N)]`."""
        size = max(_QUERIES, _QUERIES * _DOCUMENTS // self.num_documents)
        tiles = [queries[i : i + size] for i in range(0, len(queries), size)]
        factors = [self._query_factors(tile) for tile in tiles]
        depth = min(depth, self.num_documents)
        found = [best.Best(len(tile), depth) for tile in tiles]
        for first in range(0, self.num_documents, _DOCUMENTS):
            places = np.arange(first, min(first + _DOCUMENTS, self.num_documents))
            documents = self._document_factors(places).T
            for tile, kept in zip(factors, found, strict=True):
                kept.add(self._scores(tile @ documents, places), first)
        ranked = [kept.ranked() for kept in found]
        return (
            np.concatenate([scores for scores, _ in ranked]),
            np.concatenate([documents for _, documents in ranked]),
        )

    def pair_scores(
        self, queries: Float32, query: Indices, document: Indices
    ) -> Float32:
        """Returns the scores of pairs, `[P]`.

        Args:
          queries: `[Q, d]`.
          query: Place of each pair's query, `[P]`.
          document: Number of each pair's document, `[P]`.
        """
        factors = self._query_factors(queries)
        found = np.empty(len(query), np.float32)
        for start in range(0, len(query), _DOCUMENTS):
            pairs = slice(start, start + _DOCUMENTS)
            places = document[pairs]
            rows = self._document_factors(places)
            products = np.einsum("pd,pd->p", factors[query[pairs]], rows)
            found[pairs] = self._scores(products, places)
        return found

    def ms_per_query(self, queries: Float32, depth: int, threads: int = 1) -> float:
        """Returns what a scan of the index takes for a query; see `scan_time`.

        Args:
          queries: `[Q, d]`.
          depth: Documents to find for each query.
          threads: Threads of faiss.
        """
        batch = self._encoded(np.asarray(queries[: scan_time.QUERIES], np.float32))
        depth = min(depth, self.num_documents)
        return scan_time.ms_per_query(self._index, batch, depth, threads)

    def _float32(self, documents: Blocks) -> Any:
        del documents
        return self._faiss.IndexFlatIP(self.dim)

    def _float16(self, documents: Blocks) -> Any:
        del documents
        return self._scalar(self._faiss.ScalarQuantizer.QT_fp16)

    def _int8(self, documents: Blocks) -> Any:
        ranges = [(block.min(axis=0), block.max(axis=0)) for block in documents()]
        least = np.min([low for low, _ in ranges], axis=0)
        most = np.max([high for _, high in ranges], axis=0)
        index = self._scalar(self._faiss.ScalarQuantizer.QT_8bit)
        # faiss learns the extremes of what it is given: these two are those of all.
        index.train(np.stack([least, most]))
        return index

    def _scalar(self, kind: int) -> Any:
        metric = self._faiss.METRIC_INNER_PRODUCT
        return self._faiss.IndexScalarQuantizer(self.dim, kind, metric)

    def _bits(self, documents: Blocks) -> Any:
        total, count = np.zeros(self.dim), 0
        for block in documents():
            total += block.sum(axis=0, dtype=np.float64)
            count += len(block)
        self._mean = (total / count).astype(np.float32)
        return self._faiss.IndexBinaryFlat(8 * bytes_per_document("binary", self.dim))

    def _encoded(self, vectors: Float32) -> Any:
        """Returns what the index takes in, bits for `binary`."""
        if self._binary:
            return np.packbits(vectors > self._mean, axis=1)
        return np.ascontiguousarray(vectors, np.float32)

    def _query_factors(self, queries: Float32) -> Float32:
        encoded = self._encoded(np.asarray(queries, np.float32))
        found: Float32 = self._signs(encoded) if self._binary else encoded
        return found

    def _document_factors(self, places: Indices) -> Float32:
        if not self._binary:
            rows: Float32 = self._index.reconstruct_batch(places)
            return rows
        width = self._index.code_size
        codes = self._faiss.rev_swig_ptr(
            self._index.xb.data(), self.num_documents * width
        )
        return self._signs(codes.reshape(-1, width)[places])

    def _signs(self, codes: npt.NDArray[np.uint8]) -> Float32:
        bits = np.unpackbits(codes, axis=1, count=self.dim)
        return 2 * bits.astype(np.float32) - 1

    def _scores(self, products: Float32, places: Indices) -> Float32:
        if not self._binary:
            return products
        # Of signs, the product is d - 2 h.
        hamming = (np.float32(self.dim) - products) / np.float32(2)
        found: Float32 = -hamming - self._tie_breaks[places]
        return found


def _load_faiss() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise UserError(
            "precisions need faiss, which is not installed: pip install faiss-cpu"
        ) from error
    return faiss
