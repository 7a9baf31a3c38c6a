"""Tests of reading vectors: every form and type, mapped into memory."""

import gzip
import tracemalloc

import ml_dtypes
import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from set_contrastive.advisor import vector_files
from set_contrastive.base.errors import UserError
from tests.advisor.vector_forms import FORMS
from tests.advisor.vector_forms import IDS
from tests.advisor.vector_forms import ROWS
from tests.advisor.vector_forms import write_npz
from tests.advisor.vector_forms import write_parquet

TYPES = [np.float16, np.float32, np.float64, np.longdouble, ">f4", ml_dtypes.bfloat16]
MAPPED = {"npz", "npz_deflated_ids", "npy"}


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
    write_parquet(path, columns)
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


def test_integers_as_ids(tmp_path):
    write_npz(tmp_path / "v.npz", np.array(ROWS), np.array([7, 1, 2, 3]))
    assert vector_files.read(tmp_path / "v.npz", "query_vectors").ids[0] == "7"
