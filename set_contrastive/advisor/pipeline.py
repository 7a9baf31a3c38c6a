"""How many dimensions your judgements and vectors need, and what limits them."""

import contextlib
import dataclasses
import itertools
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

from set_contrastive.advisor import answers
from set_contrastive.advisor import cells as cells_lib
from set_contrastive.advisor import estimates
from set_contrastive.advisor import existence
from set_contrastive.advisor import files
from set_contrastive.advisor import inputs as inputs_lib
from set_contrastive.advisor import processes
from set_contrastive.advisor import reached
from set_contrastive.advisor import ways
from set_contrastive.advisor.advice import Advice
from set_contrastive.advisor.advice_config import AdviceConfig
from set_contrastive.advisor.cells import Cell
from set_contrastive.advisor.existence import Existence
from set_contrastive.advisor.inputs import Inputs
from set_contrastive.advisor.progress import Progress
from set_contrastive.base.errors import InterruptedRunError
from set_contrastive.base.store import Store
from set_contrastive.engines import tasks

# Dimensions between the powers of two, for the least that survives a precision. Larger
# relations are looked at in the dimensions that are trained anyway.
_FINE_DIMS = (3, 5, 6, 7, 10, 12, 14, 20, 24, 28)
_LARGEST_FINE = 100_000
# What processes would otherwise import each for itself: what the command imports, and
# TensorFlow, which cells with vectors need.
_PRELOADED = (
    "matplotlib.pyplot",
    "set_contrastive.base.command",
    "set_contrastive.advisor.heads",
)


def advise(config: AdviceConfig | None = None, **options: Any) -> Advice:
    """Answers, and keeps what was computed in `output`, to go on from after a stop.

    Processes that work side by side import the script that calls this once more: let it
    do so under `if __name__ == "__main__":`, unless `parallel` is 1.

    Args:
      config: What is asked; the example that ships with the project by default.
      **options: Fields of `AdviceConfig`, in place of the configuration's.

    Raises:
      UserError: If the input is not as it should be; nothing is written then.
      InterruptedRunError: If SIGINT or SIGTERM came; what was computed is saved.
    """
    config = dataclasses.replace(config or AdviceConfig(), **options)
    config = inputs_lib.with_defaults(config)
    inputs_lib.load.cache_clear()  # Files of the same names may be others by now.
    inputs = inputs_lib.load(config)
    store = cells_lib.store_of(config)
    store.open(inputs_lib.fingerprint(config))
    with _stoppable(config.output):
        return _answer(inputs, store)


@contextlib.contextmanager
def _stoppable(output: str) -> Iterator[None]:
    """Lets SIGINT and SIGTERM end what is done meanwhile with one line."""
    before = {}
    if threading.current_thread() is threading.main_thread():  # No other may.
        for number in (signal.SIGINT, signal.SIGTERM):  # Even if a shell ignores them.
            before[number] = signal.signal(number, _raise_interrupt)
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptedRunError(
            f"stopped; the same command goes on from what is saved in {output}"
        ) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise_interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def _answer(inputs: Inputs, store: Store) -> Advice:
    """Computes what is not in the store, and answers."""
    any_unjudged = inputs.config.unjudged == "ignored"
    exists = existence.of_reduced(inputs.reduced, any_unjudged, inputs.trained.reduced)
    first = first_cells(inputs)
    # How to shorten vectors is known when they have been measured; it takes no longer.
    later = [_timed(inputs, Cell("cause", ("pca", d))) for d in inputs.vector_dims]
    progress = Progress(sum(cell.minutes for cell in [*first, *later]))
    with contextlib.closing(progress):
        compute(inputs, store, first, progress)
        yours = ways.rows(inputs, store, first)
        later = [
            _timed(inputs, Cell("cause", (ways.best_reduction(yours, dim), dim)))
            for dim in inputs.vector_dims
        ]
        compute(inputs, store, later, progress)
    trained = [store.get(c.name) for c in first if c.kind == "reached"]
    several = [store.get(c.name) for c in first if c.kind == "several"]
    exists = _with_trained(exists, inputs, store, first)
    of_dims = [store.get(cell.name) for cell in later]
    advice = answers.advice(inputs, exists, trained, yours, of_dims, several)
    files.write(advice, inputs, exists)
    return advice


def first_cells(inputs: Inputs) -> list[Cell]:
    """Returns the cells that depend on no other."""
    found = [
        Cell("reached", (objective, dim, seed))
        for dim in inputs.free_dims
        for objective in reached.OBJECTIVES
        for seed in range(inputs.config.seeds)
    ]
    if not inputs.config.dims and inputs.trained.mask.size <= _LARGEST_FINE:
        fine = set(_FINE_DIMS) - set(inputs.free_dims)
        found += [Cell("reached", ("infonce", dim, 0)) for dim in sorted(fine)]
    found += [
        Cell("several", (number, dim, seed))
        for number in inputs.config.vectors_per_document
        for dim in inputs.free_dims
        for seed in range(inputs.config.seeds)
    ]
    if inputs.collection is None:
        return [_timed(inputs, cell) for cell in found]
    *shorter, own = inputs.vector_dims
    reduced = itertools.product(("prefix", "random", "pca"), shorter)
    found += [Cell("learned", (dim,)) for dim in inputs.vector_dims]
    found += [Cell("yours", way) for way in (("none", own), *reduced)]
    return [_timed(inputs, cell) for cell in found]


def _timed(inputs: Inputs, cell: Cell) -> Cell:
    return dataclasses.replace(cell, minutes=estimates.minutes(inputs, cell))


def compute(
    inputs: Inputs, store: Store, cells: Sequence[Cell], progress: Progress
) -> None:
    """Computes those cells that the store does not hold yet, the longest first."""
    waiting = [cell for cell in cells if not store.has(cell.name)]
    progress.found(sum(cell.minutes for cell in cells if cell not in waiting))
    waiting.sort(key=lambda cell: -cell.minutes)
    config = inputs.config
    jobs = [cells_lib.Task(_for_workers(config), cell) for cell in waiting]
    ended = tasks.run(
        cells_lib.run,
        jobs,
        config.engine,
        processes.parallel(inputs),
        config.ray_address,
        _PRELOADED if inputs.collection else _PRELOADED[:1],
    )
    with contextlib.closing(ended):
        for task, _ in ended:
            progress.computed(task.cell.minutes)


def _for_workers(config: AdviceConfig) -> AdviceConfig:
    """Returns the configuration with paths that hold in the folder of any worker."""
    if config.engine == "local":
        return config
    names = ("output", "judgements", "query_vectors", "document_vectors", "runs")
    paths = {name: getattr(config, name) for name in names}
    return dataclasses.replace(
        config, **{name: os.path.abspath(path) for name, path in paths.items() if path}
    )


def _with_trained(
    exists: Existence, inputs: Inputs, store: Store, cells: Sequence[Cell]
) -> Existence:
    """Takes trained vectors as the witness if they need fewer dimensions."""
    part = inputs.trained
    if not part.is_whole:  # They retrieve some of the queries.
        return exists
    known = exists.witness.dim if exists.witness else exists.upper + 1
    by_dim = sorted(
        (c for c in cells if c.kind == "reached"), key=lambda c: c.values[1]
    )
    for cell in by_dim:
        if cell.values[1] >= known:
            break
        if store.get(cell.name)["retrieved"] == 1:
            arrays = store.arrays(cell.name)
            method = f"training, {cell.values[0]}"
            found = existence.Witness(method, arrays["rows"], arrays["columns"])
            rounded = found.rounded(part.mask)
            if rounded is not None:
                return exists.improved(rounded)
    return exists
