"""Maps or reads arrays of vectors and their ids, of .npz, .npy or Parquet."""

import io
import pathlib
import struct
import zipfile
import zlib
from typing import IO, Any, Literal

import ml_dtypes
import numpy as np
import numpy.typing as npt
import pyarrow
from pyarrow import compute
from pyarrow import parquet

from set_contrastive.advisor import judgement_forms
from set_contrastive.advisor import text_files

# Of any float type.
FloatArray = npt.NDArray[Any]

NPY = b"\x93NUMPY"
_BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
_ID_NAMES = (
    *("id", "ids", "-id"),
    *judgement_forms.QUERY_NAMES,
    *judgement_forms.DOCUMENT_NAMES,
)
_VECTOR_NAMES = ("vector", "vectors", "embedding", "embeddings")
# The ids beside documents.npy, by its stem; then those of the folder.
_ID_FILES = (
    *("{}.ids", "{}.ids.txt", "{}.txt", "{}_ids.txt", "{}.ids.npy"),
    *("ids.txt", "ids.npy"),
)


class Unfit(Exception):
    """What was expected of a file, after "must", and what came, after its name."""


DAMAGED = (
    *(ValueError, EOFError, KeyError, OverflowError, RuntimeError),
    *(zlib.error, zipfile.BadZipFile, pyarrow.ArrowException),
)


def of_npz(path: pathlib.Path, file: IO[bytes]) -> tuple[tuple[str, ...], FloatArray]:
    """Reads arrays `ids` and `vectors`; maps the latter if stored uncompressed."""
    with zipfile.ZipFile(file) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
        if not {"ids", "vectors"} <= set(names):
            raise Unfit("have arrays ids and vectors", f"has {', '.join(names)}")
        with archive.open("ids.npy") as member:
            ids = _ids_of_array(member)
        info = archive.getinfo("vectors.npy")
        if info.compress_type == zipfile.ZIP_STORED:
            # The member's own header, whose length the archive's directory lacks.
            file.seek(info.header_offset + 26)
            lengths = struct.unpack("<HH", file.read(4))
            return ids, mapped(path, file, info.header_offset + 30 + sum(lengths))
        with archive.open(info) as member:
            shape, fortran, dtype = _header(member)
            _check_form(shape, dtype)
            content = member.read()
        order: Literal["F", "C"] = "F" if fortran else "C"
        vectors = np.frombuffer(content, dtype).reshape(shape, order=order)
        return ids, _floats(vectors)


def mapped(path: pathlib.Path, file: IO[bytes], offset: int) -> FloatArray:
    """Returns the array whose .npy begins at an offset of a file."""
    file.seek(offset)
    shape, fortran, dtype = _header(file)
    _check_form(shape, dtype)
    order: Literal["F", "C"] = "F" if fortran else "C"
    return _floats(np.memmap(path, dtype, "r", file.tell(), shape, order))


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Reads shape, whether Fortran's order, and type, and refuses objects."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        header = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        header = np.lib.format.read_array_header_2_0(file)
    else:
        raise Unfit("be .npy of version 1 or 2", f"has {version}")
    if header[2].hasobject:
        raise Unfit("hold floats and texts", "holds pickled objects, which may be code")
    return header


def _floats(array: FloatArray) -> FloatArray:
    return array.view(_BFLOAT16) if array.dtype.kind == "V" else array


def id_files(path: pathlib.Path) -> list[pathlib.Path]:
    """Returns the files that may hold the ids of an .npy, of which the first does."""
    with path.open("rb") as file:
        if file.read(len(NPY)) != NPY:
            return []
    files = [path.with_name(name.format(path.stem)) for name in _ID_FILES]
    return [file for file in files if file.is_file() and file != path]


def ids_beside(path: pathlib.Path, argument: str) -> tuple[str, ...]:
    """Reads the ids of an .npy, which stand in another file."""
    found = id_files(path)
    if not found:
        names = [name.format(path.stem) for name in _ID_FILES]
        raise Unfit("have ids in a file beside it", f"has none of {', '.join(names)}")
    content = text_files.content_of(found[0], argument)
    if content.startswith(NPY):
        return _ids_of_array(io.BytesIO(content))
    text = text_files.decoded(content, found[0], argument).rstrip("\n")
    lines = [line.strip() for line in text.split("\n")]
    if "" in lines:
        number = lines.index("") + 1
        form = "an id in each line"
        raise text_files.wrong_line(argument, found[0], number, form, "")
    return tuple(lines)


def _ids_of_array(file: IO[bytes]) -> tuple[str, ...]:
    """Reads ids from .npy."""
    shape, _, dtype = _header(file)
    if len(shape) != 1 or dtype.kind not in "USiu":
        came = f"has {dtype} of shape {list(shape)}"
        raise Unfit("have ids of text, or integers, of shape [n]", came)
    return _ids(np.frombuffer(file.read(), dtype, shape[0]).tolist())


def _ids(values: list[Any]) -> tuple[str, ...]:
    """Returns ids as texts, of texts, bytes or integers."""
    ids = [v.decode() if isinstance(v, bytes) else v for v in values]
    for row, name in enumerate(ids, 1):
        if type(name) is not str and type(name) is not int or name == "":
            raise Unfit("have an id in each row", f"has {name!r} in row {row}")
    return tuple(map(str, ids))


def of_parquet(file: IO[bytes]) -> tuple[tuple[str, ...], FloatArray]:
    """Reads a column of ids and one of lists of floats."""
    source = parquet.ParquetFile(file)
    names, dtype = _parquet_columns(source.schema_arrow)
    ids: list[Any] = []
    vectors = np.empty((source.metadata.num_rows, 0), dtype)
    # By batches into one array, so that no two copies are in memory.
    for batch in source.iter_batches(2**14, columns=list(names)):
        column, start = batch.column(names[1]), len(ids)
        lengths = compute.list_value_length(column).fill_null(0).to_numpy()
        width = vectors.shape[1] if start else int(lengths[0])
        if (other := np.flatnonzero(lengths != width)).size:
            came = f"has {lengths[other[0]]} in row {start + other[0] + 1}"
            raise Unfit(f"have {width} numbers in each vector, as in the first", came)
        values = column.flatten()
        if values.null_count:
            raise Unfit("have a number in each place", f"has {values.null_count} null")
        if not start:
            vectors = np.empty((len(vectors), width), dtype)
        ids += batch.column(names[0]).to_pylist()
        vectors[start : len(ids)] = values.to_numpy(False).reshape(-1, width)
    _check_form(vectors.shape, vectors.dtype)
    return _ids(ids), vectors


def _parquet_columns(schema: Any) -> tuple[tuple[str, str], npt.DTypeLike]:
    """Returns the names of the columns of ids and vectors, and the type of these."""
    types = dict(zip(schema.names, schema.types, strict=True))
    kinds = pyarrow.types
    lists = (kinds.is_list, kinds.is_large_list, kinds.is_fixed_size_list)
    names = (
        *(kinds.is_string, kinds.is_large_string, kinds.is_string_view),
        *(kinds.is_binary, kinds.is_dictionary, kinds.is_integer),
    )
    chosen = []
    for what, known, wanted in (
        ("ids, named id", _ID_NAMES, names),
        ("lists of floats, named vector", _VECTOR_NAMES, lists),
    ):
        fit = [name for name, kind in types.items() if any(w(kind) for w in wanted)]
        plain = judgement_forms.normalized(fit)
        best = [fit[plain.index(name)] for name in known if name in plain]
        if not best and len(fit) != 1:
            came = "has " + ", ".join(f"{name}: {kind}" for name, kind in types.items())
            raise Unfit(f"have a column of {what} unless it is the only one", came)
        chosen.append((best or fit)[0])
    kind = types[chosen[1]].value_type
    if not kinds.is_floating(kind):
        raise Unfit("hold floats", f"holds {kind}")
    return (chosen[0], chosen[1]), kind.to_pandas_dtype()


def _check_form(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    untyped = dtype.kind == "V" and dtype.itemsize == 2 and dtype.names is None
    if not (untyped or np.issubdtype(dtype, np.floating)):
        raise Unfit("hold floats", f"holds {dtype}")
    if len(shape) != 2 or not all(shape):
        raise Unfit("hold vectors of shape [n, d], not empty", f"has {list(shape)}")
