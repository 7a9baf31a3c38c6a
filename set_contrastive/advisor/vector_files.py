"""Reads vectors and their ids, of .npz, .npy or Parquet; memory-mapped if possible."""

import collections
import dataclasses
import functools
import itertools
import pathlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from set_contrastive.advisor import vector_arrays
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.advisor.vector_arrays import FloatArray
from set_contrastive.advisor.vector_arrays import Unfit
from set_contrastive.base.errors import UserError

# Numbers that are checked at a time, 16 MiB as float32.
_CHUNK = 2**22


@dataclasses.dataclass(frozen=True, eq=False)
class Vectors:
    """Vectors by their ids.

    Attributes:
      ids: Names of the rows, `[n]`.
      vectors: The rows, `[n, d]`, of any float type and perhaps memory-mapped.
      source: The file that they are from.
    """

    ids: tuple[str, ...]
    vectors: FloatArray
    source: str

    @functools.cached_property
    def rows(self) -> dict[str, int]:
        """The row of each id."""
        return {name: row for row, name in enumerate(self.ids)}

    def select(self, ids: Sequence[str]) -> npt.NDArray[np.float32]:
        """Returns the vectors of some ids, in their order, float32 `[m, d]`.

        Raises:
          UserError: If an id has no vector.
        """
        try:
            chosen = np.fromiter((self.rows[name] for name in ids), np.int64, len(ids))
        except KeyError as error:
            raise UserError(
                f"ids must have vectors in {self.source}, {error.args[0]!r} has none"
            ) from error
        return np.asarray(self.vectors[chosen]).astype(np.float32)


def read(path: pathlib.Path, argument: str) -> Vectors:
    """Reads vectors in a form that is recognized by content.

    - .npz with the arrays `ids` and `vectors`. If the vectors are stored uncompressed,
      as `np.savez` does, they are memory-mapped.
    - .npy, memory-mapped, beside a file of ids, one a line or as .npy. For
      `documents.npy` it is the first in its folder of `documents.ids`,
      `documents.ids.txt`, `documents.txt`, `documents_ids.txt`, `documents.ids.npy`,
      `ids.txt` and `ids.npy`.
    - Parquet with a column of ids, named `id` or as those of judgements unless it is
      the only one of texts or integers, and a column of lists of floats, named
      `vector`, `vectors`, `embedding` or `embeddings` unless it is the only one.

    Floats are of 16, 32 or 64 bits or bfloat16, which NumPy writes as 2 bytes of no
    type. Pickled objects are refused.

    Args:
      path: The file.
      argument: What errors call it, `query_vectors` or `document_vectors`.

    Raises:
      UserError: If the file cannot be read or has another form; if an id comes twice,
        or a vector is zero, NaN or infinite as float32.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(6)
            if magic.startswith(b"PK\x03\x04"):
                ids, vectors = vector_arrays.of_npz(path, file)
            elif magic == vector_arrays.NPY:
                vectors = vector_arrays.mapped(path, file, 0)
                ids = vector_arrays.ids_beside(path, argument)
            elif magic.startswith(b"PAR1"):
                ids, vectors = vector_arrays.of_parquet(file)
            else:
                form = "be .npz with ids and vectors, .npy beside ids, or Parquet"
                raise Unfit(form, f"begins with {magic!r}")
        _check(ids, vectors)
    except UserError:
        raise
    except Unfit as error:
        expected, got = error.args
        raise UserError(f"{argument} must {expected}, {path} {got}") from error
    except OSError as error:
        reason = error.strerror or str(error).splitlines()[0]
        raise UserError(
            f"{argument} must name a file that can be read, got {path}: {reason}"
        ) from error
    except vector_arrays.DAMAGED as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(
            f"{argument} must be whole, {path} is damaged: {reason}"
        ) from error
    return Vectors(ids, vectors, str(path))


def matched(judgements: Judgements, queries: Vectors, documents: Vectors) -> None:
    """Checks that all that is judged has a vector, and these the same dimension.

    Vectors of what is not judged are of no harm.

    Raises:
      UserError: If it is not so.
    """
    for argument, what, judged, given in (
        ("query_vectors", "queries", judgements.query_ids, queries),
        ("document_vectors", "documents", judgements.document_ids, documents),
    ):
        unknown = [name for name in judged if name not in given.rows]
        if len(unknown) == len(judged):
            raise UserError(
                f"{argument} must have the ids of the judged {what}, such as "
                f"{_first(judged)}, {given.source} has none of them, but such as "
                f"{_first(given.ids)}"
            )
        if unknown:
            raise UserError(
                f"{argument} must have a vector of each of {len(judged)} judged "
                f"{what}, {given.source} has none of {len(unknown)}: {_first(unknown)}"
            )
    width, other = queries.vectors.shape[1], documents.vectors.shape[1]
    if width != other:
        raise UserError(
            f"query_vectors and document_vectors must have the same dimension, "
            f"{queries.source} has {width}, {documents.source} has {other}"
        )


def _check(ids: tuple[str, ...], vectors: FloatArray) -> None:
    """Checks ids and values, some rows at a time, since they may be memory-mapped."""
    if len(ids) != len(vectors):
        raise Unfit("have an id a vector", f"has {len(ids)} ids, {len(vectors)} rows")
    if len(set(ids)) < len(ids):
        again = [name for name, n in collections.Counter(ids).items() if n > 1]
        came = f"has {len(again)} that come again: {_first(again)}"
        raise Unfit("have distinct ids", came)
    infinite: list[int] = []
    zero: list[int] = []
    step = max(1, _CHUNK // vectors.shape[1])
    for start in range(0, len(vectors), step):
        # As float32, since what is too large or too small for it counts as well.
        with np.errstate(all="ignore"):
            rows = np.asarray(vectors[start : start + step]).astype(np.float32)
        infinite += (start + np.flatnonzero(~np.isfinite(rows).all(1))).tolist()
        zero += (start + np.flatnonzero(~rows.any(1))).tolist()
    for what, bad in (("no NaN or infinity", infinite), ("no zero vector", zero)):
        if bad:
            came = f"has {len(bad)} such vectors: {_first([ids[i] for i in bad[:3]])}"
            raise Unfit(f"hold {what}", came)


def _first(names: Iterable[str]) -> str:
    """Returns the first three names as an error shows them."""
    return ", ".join(map(repr, itertools.islice(names, 3)))
