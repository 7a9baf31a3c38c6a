"""Tests of reading vectors: every form and type, mapped into memory, and bad input."""

import gzip
import tracemalloc
import zipfile

import ml_dtypes
import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from set_contrastive.advisor import vector_files
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.advisor.vector_files import Vectors
from set_contrastive.base.errors import UserError

IDS = ["Geneva Durben", "d2", "ü", "4"]
# Numbers that all of the types hold exactly.
ROWS = [[1.0, 0.5, -2.0], [0.0, 0.0, 0.25], [3.0, -1.5, 8.0], [-0.125, 1.0, 1.0]]
TYPES = [np.float16, np.float32, np.float64, np.longdouble, ">f4", ml_dtypes.bfloat16]


def _npz(path, rows, ids):
    np.savez(path, ids=np.array(ids, "U"), vectors=rows)


def _npz_compressed(path, rows, ids):
    names = np.array([name.encode() for name in ids], "S")
    np.savez_compressed(path, vectors=rows, ids=names)


def _npz_deflated_ids(path, rows, ids):
    """Compressed ids beside vectors that are not."""
    np.save(path.with_name("rows.npy"), rows)
    np.save(path.with_name("names.npy"), np.array(ids))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path.with_name("names.npy"), "ids.npy")
        archive.write(path.with_name("rows.npy"), "vectors.npy", zipfile.ZIP_STORED)


def _npy(path, rows, ids):
    with path.open("wb") as file:
        np.save(file, rows)
    path.with_name(f"{path.stem}.ids").write_text("\n".join(ids) + "\n")


FORMS = {
    "npz": _npz,
    "npz_compressed": _npz_compressed,
    "npz_deflated_ids": _npz_deflated_ids,
    "npy": _npy,
}
MAPPED = {"npz", "npz_deflated_ids", "npy"}


def _parquet(path, columns):
    parquet.write_table(pyarrow.table(columns), path)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_and_type_gives_the_rows(tmp_path, form, order, dtype):
    path = tmp_path / "documents.npz"
    FORMS[form](path, np.array(ROWS, dtype, order=order), IDS)
    vectors = vector_files.read(path, "document_vectors")
    assert vectors.ids == tuple(IDS)
    assert vectors.source == str(path)
    assert isinstance(vectors.vectors, np.memmap) == (form in MAPPED)
    assert vectors.vectors.dtype == np.dtype(dtype)
    assert vectors.vectors.astype(np.float64).tolist() == ROWS
    chosen = vectors.select(["4", "Geneva Durben", "4"])
    assert type(chosen) is np.ndarray and chosen.dtype == np.float32
    assert chosen.tolist() == [ROWS[3], ROWS[0], ROWS[3]]
    assert vectors.select([]).shape == (0, 3)
    with pytest.raises(UserError, match="must have vectors in .*, 'no' has none"):
        vectors.select(["d2", "no"])


@pytest.mark.parametrize(
    "kind", [pyarrow.float16(), pyarrow.float32(), pyarrow.float64()]
)
@pytest.mark.parametrize("make", [pyarrow.list_, pyarrow.large_list, "fixed"])
@pytest.mark.parametrize("name", ["id", "corpus-id", "my ids"])
def test_parquet(tmp_path, kind, make, name):
    rows = [np.array(row, kind.to_pandas_dtype()) for row in ROWS]
    lists = pyarrow.list_(kind, 3) if make == "fixed" else make(kind)
    path = tmp_path / "any.name"
    columns = {"n": [0.5] * 4, "emb": pyarrow.array(rows, lists), name: IDS}
    if name == "id":
        columns |= {"title": IDS[::-1], "vector": columns["emb"], "emb": [[1]] * 4}
    _parquet(path, columns)
    vectors = vector_files.read(path, "query_vectors")
    assert vectors.ids == tuple(IDS)
    assert vectors.vectors.dtype == kind.to_pandas_dtype()
    assert vectors.select(IDS).tolist() == ROWS


def test_parquet_of_many_batches(tmp_path):
    rows = np.random.default_rng(0).normal(size=(40_000, 2)).astype(np.float32)
    columns = {
        "id": np.arange(40_000),
        "v": pyarrow.FixedSizeListArray.from_arrays(rows.ravel(), 2),
    }
    parquet.write_table(pyarrow.table(columns), tmp_path / "v", row_group_size=9_999)
    vectors = vector_files.read(tmp_path / "v", "query_vectors")
    assert vectors.ids == tuple(map(str, range(40_000)))
    np.testing.assert_array_equal(vectors.vectors, rows)


@pytest.mark.parametrize("form", sorted(MAPPED))
def test_mapped_vectors_need_little_memory(tmp_path, form, monkeypatch):
    monkeypatch.setattr(vector_files, "_CHUNK", 2**16)
    rows = np.random.default_rng(0).normal(size=(10_000, 1_000)).astype(np.float16)
    path = tmp_path / "documents.npz"
    FORMS[form](path, rows, list(map(str, range(10_000))))
    tracemalloc.start()
    vectors = vector_files.read(path, "document_vectors")
    chosen = vectors.select(["9999", "3"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows.nbytes == 20_000_000
    assert peak < 4_000_000
    np.testing.assert_array_equal(chosen, rows[[9999, 3]].astype(np.float32))


def test_where_the_ids_of_an_npy_are_found(tmp_path):
    np.save(tmp_path / "docs.npy", np.array(ROWS))
    path = tmp_path / "docs.npy"
    with pytest.raises(UserError) as caught:
        vector_files.read(path, "query_vectors")
    assert "query_vectors must have ids in a file beside it" in str(caught.value)
    places = ["ids.npy", "ids.txt", "docs.ids.npy", "docs_ids.txt", "docs.txt"]
    places += ["docs.ids.txt", "docs.ids"]
    for number, name in enumerate(places):
        assert f"{name}" in str(caught.value)
        ids = [f"{i}_{number} x" for i in range(4)]
        if name.endswith(".npy"):
            np.save(tmp_path / name, np.array(ids))
        elif number % 2:
            (tmp_path / name).write_bytes(gzip.compress("\r\n".join(ids).encode()))
        else:
            (tmp_path / name).write_text("\n".join(ids) + "\n\n")
        # Each goes before those that were written up to now.
        assert vector_files.read(path, "query_vectors").ids == tuple(ids)


class _Code:
    """What pickle would run."""

    def __reduce__(self):
        return pytest.fail, ("a file was run",)


OBJECTS = np.array([_Code()] * 4)
NAN = np.array(ROWS)
NAN[[0, 2, 3], 1] = np.nan, -np.inf, 1e300
ZERO = np.array(ROWS)
ZERO[1] = 0, 0, 1e-300
IDS_TWICE = ["a", "b", "a", "b"]
BAD = {
    "nan": (NAN, IDS, ["no NaN or infinity", "3 such", "'Geneva Durben', 'ü', '4'"]),
    "zero": (ZERO, IDS, ["no zero vector", "1 such vectors: 'd2'"]),
    "all zero": (np.zeros((4, 2)), IDS, ["4 such vectors: 'Geneva Durben', 'd2', 'ü'"]),
    "twice": (ROWS, IDS_TWICE, ["distinct ids", "2 that come again: 'a', 'b'"]),
    "too few ids": (ROWS, IDS[:3], ["an id a vector", "has 3 ids, 4 rows"]),
    "no rows": (np.zeros((0, 3)), [], ["shape [n, d], not empty", "has [0, 3]"]),
    "no numbers": (np.zeros((4, 0)), IDS, ["not empty", "has [4, 0]"]),
    "flat": (ROWS[0], IDS[:3], ["vectors of shape [n, d]", "has [3]"]),
    "deep": ([ROWS], IDS, ["vectors of shape [n, d]", "has [1, 4, 3]"]),
    "int": (np.ones((4, 2), np.int8), IDS, ["must hold floats", "holds int8"]),
    "complex": (np.ones((4, 2), complex), IDS, ["must hold floats", "complex128"]),
    "void": (np.zeros((4, 2), "V1"), IDS, ["must hold floats", "holds |V1"]),
    "objects": (OBJECTS, IDS, ["hold floats and texts", "holds pickled objects"]),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("form", ["npz", "npz_compressed", "npy"])
def test_bad_vectors_are_told_in_one_line(tmp_path, form, case):
    rows, ids, parts = BAD[case]
    path = tmp_path / "v.npy.npz"
    rows = np.asarray(rows)
    FORMS[form](path, rows, ids)
    with pytest.raises(UserError) as caught:
        vector_files.read(path, "document_vectors")
    message = str(caught.value)
    assert message.startswith("document_vectors must ")
    assert len(message.splitlines()) == 1
    for part in [*parts, str(path)]:
        assert part in message


@pytest.mark.parametrize(
    ("arrays", "part"),
    [
        ({"vectors": ROWS, "names": IDS}, "arrays ids and vectors, .* vectors, names$"),
        ({"vectors": ROWS, "ids": OBJECTS}, "hold floats and texts, .* holds pickled"),
        (
            {"vectors": ROWS, "ids": [1.0, 2, 3, 4]},
            r"ids of text.*float64 of shape \[4\]",
        ),
        ({"vectors": ROWS, "ids": [IDS]}, r"of shape \[n\], .* of shape \[1, 4\]"),
        (
            {"vectors": ROWS, "ids": ["a", "", "b", "c"]},
            "id in each row, .*'' in row 2",
        ),
        ({"vectors": ROWS, "ids": [b"\xff", b"b"]}, "whole, .* damaged: 'utf-8' codec"),
    ],
)
def test_bad_arrays_of_npz(tmp_path, arrays, part):
    np.savez(tmp_path / "v.npz", **{k: np.asarray(v) for k, v in arrays.items()})
    with pytest.raises(UserError, match=f"^query_vectors must .*{part}"):
        vector_files.read(tmp_path / "v.npz", "query_vectors")


def test_integers_as_ids(tmp_path):
    _npz(tmp_path / "v.npz", np.array(ROWS), np.array([7, 1, 2, 3]))
    assert vector_files.read(tmp_path / "v.npz", "query_vectors").ids[0] == "7"


@pytest.mark.parametrize(
    ("columns", "part"),
    [
        ({"id": ["a"], "v": [[1]]}, "hold floats, .* holds int64"),
        ({"id": ["a"], "v": [1.0]}, "lists of floats, named vector .* v: double"),
        ({"id": ["a"], "v": [[1.0]], "w": [[2.0]]}, "lists of floats, .* w: list"),
        ({"a": ["a"], "b": ["b"], "v": [[1.0]]}, "of ids, named id .* b: string"),
        ({"id": ["a", "b"], "v": [[1.0, 2.0], [1.0]]}, "2 numbers .* has 1 in row 2"),
        ({"id": ["a", "b"], "v": [[1.0], None]}, "1 numbers .* has 0 in row 2"),
        ({"id": ["a"], "v": [[1.0, None]]}, "number in each place, .* has 1 null"),
        ({"id": ["a", None], "v": [[1.0], [2.0]]}, "id in each row, .*None in row 2"),
        ({"id": ["a", "a"], "v": [[1.0], [2.0]]}, "distinct ids, .* again: 'a'"),
        ({"id": ["a"], "v": [[np.nan]]}, "no NaN or infinity, .* 1 such vectors: 'a'"),
        (
            {
                "id": pyarrow.array([], pyarrow.string()),
                "v": pyarrow.array([], pyarrow.list_(pyarrow.float32())),
            },
            r"not empty, .* has \[0, 0\]",
        ),
    ],
)
def test_bad_parquet(tmp_path, columns, part):
    _parquet(tmp_path / "v", columns)
    with pytest.raises(UserError, match=f"^query_vectors must .*{part}"):
        vector_files.read(tmp_path / "v", "query_vectors")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"id\tvector\n", r"be \.npz with ids .* begins with b'id\\tvec'"),
        (b"", "begins with b''"),
        (b"PK\x03\x04 and no more", "be whole, .* damaged: File is not a zip"),
        (b"PAR1 and no more", "be whole, .* damaged: Parquet"),
        (b"\x93NUMPY", "be whole, .* damaged: "),
        (b"\x93NUMPY\x01\x00\x02\x00{]", "be whole, .* damaged: "),
        (b"\x93NUMPY\x09\x00", r"be \.npy of version 1 or 2, .* has \(9, 0\)"),
    ],
)
def test_other_and_damaged_content(tmp_path, content, part):
    path = tmp_path / "v.npz"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"^query_vectors must .*{part}"):
        vector_files.read(path, "query_vectors")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cut", [1, 20, 50])
def test_a_file_that_ends_too_early(tmp_path, form, cut):
    path = tmp_path / "v.npz"
    FORMS[form](path, np.array(ROWS, np.float32), IDS)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(
        UserError, match="^query_vectors must be whole, .* is damaged: "
    ):
        vector_files.read(path, "query_vectors")


def test_files_that_are_not_there(tmp_path):
    for path, reason in ((tmp_path, "Is a directory"), (tmp_path / "no", "No such")):
        said = f"^query_vectors must name a file that can be read, got {path}: {reason}"
        with pytest.raises(UserError, match=said):
            vector_files.read(path, "query_vectors")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"a\nb\n\nd\n", "an id in each line, {}:3 has ''"),
        (b"a\n\xff\n", r"text in UTF-8 in each line, {}:2 has b'\\xff\\n'"),
        (b"", "not be empty, {} is"),
        (b"a\nb\n", "an id a vector, .* has 2 ids, 4 rows"),
    ],
)
def test_bad_files_of_ids(tmp_path, content, part):
    np.save(tmp_path / "v.npy", np.array(ROWS))
    (tmp_path / "v.ids").write_bytes(content)
    part = part.replace("{}", str(tmp_path / "v.ids"))
    with pytest.raises(UserError, match=f"^query_vectors must .*{part}"):
        vector_files.read(tmp_path / "v.npy", "query_vectors")


JUDGEMENTS = Judgements.of_pairs(
    ["q1", "q1", "q2", "q3"], ["d1", "d2", "d3", "d4"], [1, 0, 1, 1]
)


def _some(ids, width=2, source="some.npz"):
    return Vectors(tuple(ids), np.ones((len(ids), width)), source)


def test_all_that_is_judged_has_a_vector():
    queries = _some(["q9", "q3", "q2", "q1"])
    documents = _some(["d4", "d3", "d2", "d1", "d0"])
    vector_files.matched(JUDGEMENTS, queries, documents)


@pytest.mark.parametrize(
    ("queries", "documents", "said"),
    [
        (
            _some(["q1"]),
            _some(["d1", "d2", "d3", "d4"]),
            "query_vectors must have a vector of each of 3 judged queries, some.npz "
            "has none of 2: 'q2', 'q3'",
        ),
        (
            _some(["q1", "q2", "q3"]),
            _some(["d2", "other"]),
            "document_vectors must have a vector of each of 4 judged documents, "
            "some.npz has none of 3: 'd1', 'd3', 'd4'",
        ),
        (
            _some(["1", "2", "3", "4"]),
            _some(["d1", "d2", "d3", "d4"]),
            "query_vectors must have the ids of the judged queries, such as 'q1', "
            "'q2', 'q3', some.npz has none of them, but such as '1', '2', '3'",
        ),
        (
            _some(["q1", "q2", "q3"]),
            _some(["q1"]),
            "document_vectors must have the ids of the judged documents, such as 'd1', "
            "'d2', 'd3', some.npz has none of them, but such as 'q1'",
        ),
        (
            _some(["q1", "q2", "q3"]),
            _some(["d1", "d2", "d3", "d4"], 3, "other.npz"),
            "query_vectors and document_vectors must have the same dimension, some.npz "
            "has 2, other.npz has 3",
        ),
    ],
)
def test_what_does_not_match(queries, documents, said):
    with pytest.raises(UserError) as caught:
        vector_files.matched(JUDGEMENTS, queries, documents)
    assert str(caught.value) == said
