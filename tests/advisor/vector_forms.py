"""Vectors in every form of file that can be read."""

import zipfile

import numpy as np
import pyarrow
from pyarrow import parquet

IDS = ["Geneva Durben", "d2", "ü", "4"]
# Numbers that all of the types hold exactly.
ROWS = [[1.0, 0.5, -2.0], [0.0, 0.0, 0.25], [3.0, -1.5, 8.0], [-0.125, 1.0, 1.0]]


def write_npz(path, rows, ids):
    """Writes vectors and ids as .npz."""
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
    "npz": write_npz,
    "npz_compressed": _npz_compressed,
    "npz_deflated_ids": _npz_deflated_ids,
    "npy": _npy,
}


def write_parquet(path, columns):
    """Writes columns as Parquet."""
    parquet.write_table(pyarrow.table(columns), path)
