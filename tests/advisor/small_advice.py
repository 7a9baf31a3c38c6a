"""Files and flags of a small `advise`, its process, and what it answers."""

import json
import pathlib
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).parents[2]


def write(folder):
    """Writes files of 40 queries with two of 12 documents each; returns the options."""
    rng = np.random.default_rng(0)
    relevant = np.argsort(rng.random((40, 12)), axis=1)[:, :2]
    lines = [f"q{i} 0 d{j} 1\n" for i, found in enumerate(relevant) for j in found]
    (folder / "qrels.txt").write_text("".join(lines))
    documents = rng.standard_normal((12, 8)).astype(np.float32)
    queries = documents[relevant].sum(axis=1)
    save(folder / "queries.npz", [f"q{i}" for i in range(40)], queries)
    save(folder / "documents.npz", [f"d{i}" for i in range(12)], documents)
    return {
        "judgements": str(folder / "qrels.txt"),
        "query_vectors": str(folder / "queries.npz"),
        "document_vectors": str(folder / "documents.npz"),
        "measure": "R@2",
        "dims": "2,4",
        "seeds": "1",
        "folds": "2",
        "output": str(folder / "advice"),
    }


def save(path, ids, vectors):
    """Writes vectors as .npz."""
    np.savez(path, ids=np.array(ids), vectors=vectors)


def flags(options):
    """Returns options as a user types them."""
    return [f"--{name}={value}" for name, value in options.items()]


def start(options):
    """Starts the command; returns its process."""
    return subprocess.Popen(
        [sys.executable, "-m", "set_contrastive.advise", *flags(options)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(options):
    """Runs the command, which must succeed."""
    with start(options) as process:
        _, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors


def read(output):
    """Returns the answer in a folder."""
    return json.loads((pathlib.Path(output) / "advice.json").read_text())
