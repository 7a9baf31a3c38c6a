r"""What a study's cells spend on compiling, beside what they spend on training.

    python -m benchmarks.compiling
    python -m benchmarks.compiling --study=cards_81 --only='*/cross_encoder'

Runs the first steps of each length of the curriculum of each cell that trains, with one
thread, in the order of a sweep. A sweep's cells share compiled programs on disk
(engines/compiled_programs.py), and so do these. Columns: the time that a cell's first
calls take more in a process that compiles what no cell before it has compiled than in a
second process, which finds all programs there, or 0 if they take less; the minutes of
all its steps, at the speed of the second process; and the share of the first in both.
Run it on an idle machine.
"""

import multiprocessing
import os
import pathlib
import tempfile
from typing import Any
from unittest import mock

from absl import flags
from tqdm import tqdm

from benchmarks import table
from set_contrastive.base import command_line
from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.engines import compiled_programs
from set_contrastive.engines import grid
from set_contrastive.engines import shared_readers
from set_contrastive.games import registry as games
from set_contrastive.studies import registry
from set_contrastive.studies import study

_STUDY = flags.DEFINE_string("study", "cards_27", "The study.")
_ONLY = flags.DEFINE_list("only", [], "Patterns of cells, as of sweep; all if empty.")
_STEPS = flags.DEFINE_integer("steps", 10, "Steps of a call; each length has two.")
_OUTPUT = table.output_flag()


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    rows = table.Table(
        f"compiling_{_STUDY.value}",
        f"Compiling the cells of {_STUDY.value}, beside training them",
        "One cell at a time, one thread, programs shared as in a sweep of one seed; "
        "share is to compiling and training.",
    )
    asked = registry.get(_STUDY.value)
    if not isinstance(asked, study.Study):
        raise UserError(f"study: {_STUDY.value} trains no models of the project")
    cells = _that_compile(grid.choose(asked.all_cells("", 1), _ONLY.value))
    if not cells:
        raise UserError(f"study: no chosen cell of {_STUDY.value} is compiled by XLA")
    compiling = training = 0.0
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ):
        compiled_programs.share(pathlib.Path(folder))
        for cell in tqdm(cells, "cells"):
            cold, _ = _measure(cell.config)
            warm, minutes = _measure(cell.config)
            seconds = max(cold - warm, 0.0)
            compiling, training = compiling + seconds, training + minutes
            _add(rows, cell.config.game, cell.label, seconds, minutes)
    _add(rows, "all", "", compiling, training)
    rows.save(_OUTPUT.value, study=_STUDY.value, only=_ONLY.value, steps=_STEPS.value)


def _that_compile(cells: list[study.Cell]) -> list[study.Cell]:
    """Returns the cells that train and do so compiled, the longest first."""
    first, _ = shared_readers.split([cell for cell in cells if cell.config.xla])
    return sorted(first, key=lambda cell: -cell.minutes)


def _add(
    rows: table.Table, game: str, label: str, seconds: float, minutes: float
) -> None:
    rows.add(
        game=game,
        model=label,
        compile_s=seconds,
        train_minutes=minutes,
        share=seconds / (seconds + 60 * minutes),
    )


def _measure(config: ExperimentConfig) -> tuple[float, float]:
    """Returns the seconds of all first calls and the minutes of all steps."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, (config.to_dict(), _STEPS.value))


def _run(values: dict[str, Any], steps: int) -> tuple[float, float]:
    from set_contrastive.base import command  # isort: skip - Quiets TensorFlow.
    import time

    import keras
    import tensorflow as tf

    from set_contrastive.data import input_pipeline
    from set_contrastive.training import distribution
    from set_contrastive.training.trainer import Trainer

    del command
    tf.config.threading.set_intra_op_parallelism_threads(1)
    # A call ends where validation or a checkpoint is due: neither is before the end.
    due = dict.fromkeys(("eval_every", "checkpoint_every"), values["steps"])
    config = ExperimentConfig.from_dict({**values, **due, "steps_per_call": steps})
    game = games.get(config.game)
    full = input_pipeline.FreshQueries(game)
    whole = input_pipeline.phases(config.curriculum, config.steps, game, full)
    ends = [0, *(phase.end_step for phase in whole)]
    lengths = [end - start for start, end in zip(ends, ends[1:], strict=False)]
    short = [
        input_pipeline.Phase(phase.source, 2 * steps * n, 2 * steps * (n + 1))
        for n, phase in enumerate(whole)
    ]
    trainer = Trainer(config, game.spec, distribution.build("none", 1))
    calls = trainer.run(short, keras.callbacks.CallbackList([]))
    first = minutes = 0.0
    for length in lengths:
        started = time.perf_counter()
        next(calls)
        compiled = time.perf_counter()
        next(calls)
        first += compiled - started
        minutes += length * (time.perf_counter() - compiled) / steps / 60
    return first, minutes


if __name__ == "__main__":
    command_line.run(main)
