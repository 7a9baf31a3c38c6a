"""Tests of files of vectors that cannot be read: one line tells why."""

import numpy as np
import pyarrow
import pytest

from set_contrastive.advisor import vector_files
from set_contrastive.base.errors import UserError
from tests.advisor.vector_forms import FORMS
from tests.advisor.vector_forms import IDS
from tests.advisor.vector_forms import ROWS
from tests.advisor.vector_forms import write_parquet


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
    write_parquet(tmp_path / "v", columns)
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
