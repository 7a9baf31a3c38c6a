r"""How long `advise` takes: free vectors of a real relation, a million documents.

    python -m benchmarks.advisor
    python -m benchmarks.advisor --parts=million --num_documents=100000

`example` is the whole command on the example that ships. `reached` trains free vectors
of 323 queries and 877 distinct columns in nine dimensions, by three objectives, with
three seeds. `million` measures vectors of 384 float16 coordinates, reduced without
learning and in all precisions, with 1,000 queries. Memory is what all processes hold at
most, with a page that several share counted once (PSS), mapped files included.
"""

import contextlib
import os
import pathlib
import tempfile
import threading
import time
from collections.abc import Sequence

import numpy as np
from absl import flags

from benchmarks import table
from set_contrastive import advisor
from set_contrastive.advisor import cells as cells_lib
from set_contrastive.advisor import inputs as inputs_lib
from set_contrastive.advisor import pipeline
from set_contrastive.advisor.advice_config import AdviceConfig
from set_contrastive.advisor.progress import Progress
from set_contrastive.base import command_line

_PARTS = flags.DEFINE_list("parts", ["example", "reached", "million"], "What to time.")
_DOCUMENTS = flags.DEFINE_integer(
    "num_documents", 1_000_000, "Documents of the part million.", lower_bound=1000
)
_OUTPUT = table.output_flag()
_DIM, _QUERIES, _RELEVANT = 384, 1000, 2
_ROWS, _COLUMNS, _MOST = 323, 877, 40


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    rows = table.Table(
        "advisor",
        "How long advise takes, and its memory at most",
        "Memory of all processes together, a page that several share counted once.",
    )
    parts = {"example": _example, "reached": _reached, "million": _million}
    for part in _PARTS.value:
        with tempfile.TemporaryDirectory() as folder:
            peak = _Peak()
            started = time.perf_counter()
            parts[part](pathlib.Path(folder))
            seconds = time.perf_counter() - started
            rows.add(part=part, seconds=seconds, peak_gib=peak.stop())
    rows.save(_OUTPUT.value, num_documents=_DOCUMENTS.value)


def _example(folder: pathlib.Path) -> None:
    advisor.advise(output=str(folder / "advice"))


def _reached(folder: pathlib.Path) -> None:
    """Every document is relevant to some query, up to 40 of them to one."""
    rng = np.random.default_rng(0)
    sets = [rng.choice(_COLUMNS, rng.integers(1, _MOST), False) for _ in range(_ROWS)]
    _write_judgements(folder, sets)
    _compute(AdviceConfig(str(folder / "advice"), str(folder / "qrels.txt")), "reached")


def _million(folder: pathlib.Path) -> None:
    rng = np.random.default_rng(0)
    count = _DOCUMENTS.value
    relevant = rng.integers(count, size=(_QUERIES, _RELEVANT))
    shape = (count, _DIM)
    path = folder / "documents.npy"
    documents = np.lib.format.open_memmap(path, "w+", np.float16, shape)
    for start in range(0, count, 2**15):
        stop = min(start + 2**15, count)
        block = rng.standard_normal((stop - start, _DIM), np.float32)
        documents[start:stop] = block / np.linalg.norm(block, axis=1, keepdims=True)
    queries = documents[relevant].astype(np.float32).mean(axis=1)
    queries += rng.standard_normal(queries.shape, np.float32) / _DIM**0.5
    documents.flush()
    (folder / "documents.ids").write_text("".join(f"d{i}\n" for i in range(count)))
    ids = [f"q{i}" for i in range(_QUERIES)]
    np.savez(folder / "queries.npz", ids=ids, vectors=queries)
    _write_judgements(folder, relevant)
    config = AdviceConfig(
        str(folder / "advice"),
        str(folder / "qrels.txt"),
        query_vectors=str(folder / "queries.npz"),
        document_vectors=str(path),
        dims=(4, 8, 16, 32, 64, 128, 192, 256, _DIM),
    )
    _compute(config, "yours")


def _write_judgements(
    folder: pathlib.Path, sets: Sequence[np.typing.NDArray[np.int64]]
) -> None:
    lines = [f"q{i} 0 d{j} 1\n" for i, found in enumerate(sets) for j in set(found)]
    (folder / "qrels.txt").write_text("".join(lines))


def _compute(config: AdviceConfig, kind: str) -> None:
    """Computes the cells of one kind, as `advise` does."""
    inputs = inputs_lib.load(inputs_lib.with_defaults(config))
    store = cells_lib.store_of(config)
    store.open({})
    cells = [cell for cell in pipeline.first_cells(inputs) if cell.kind == kind]
    progress = Progress(sum(cell.minutes for cell in cells))
    with contextlib.closing(progress):
        pipeline.compute(inputs, store, cells, progress)


class _Peak:
    """Watches what this process and its children hold, in GiB."""

    def __init__(self) -> None:
        self._most = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Returns the most that was held."""
        self._ended.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            self._most = max(self._most, _resident_gib())


def _resident_gib() -> float:
    """Returns the memory of all processes below this one, in GiB."""
    children: dict[int, list[int]] = {}
    held: dict[int, int] = {}
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(x.split(":", 1) for x in status.read_text().splitlines())
        except OSError:  # It has ended meanwhile.
            continue
        process = int(lines["Pid"])
        children.setdefault(int(lines["PPid"]), []).append(process)
        held[process] = _share_kib(status.with_name("smaps_rollup"))
    waiting, total = [os.getpid()], 0
    while waiting:
        process = waiting.pop()
        total += held.get(process, 0)
        waiting += children.get(process, [])
    return total / 2**20


def _share_kib(rollup: pathlib.Path) -> int:
    """Returns a process's share of the memory; 0 if it has ended meanwhile."""
    try:
        lines = rollup.read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    command_line.run(main)
