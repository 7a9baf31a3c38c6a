r"""Step time of each model, and what of it is arithmetic, Python and input.

    python -m benchmarks.training
    python -m benchmarks.training --preset=study --batch_size=64 --calls=1

Columns: median ms per step; examples per second; seconds of the first call, most of it
compiling; GFLOP/s of the matrix products in the step's XLA program, and their share of
the rate at which this machine multiplies large matrices, measured after each row; as
shares of the step, what the input pipeline needs to make a batch by itself, and Python
between two calls; and the peak memory of the process. Each row is a process of its own.
Run it on an idle machine.
"""

import itertools
import multiprocessing
import statistics
import time
from typing import Any

from absl import flags

from benchmarks import compared_models
from benchmarks import table
from set_contrastive.base import command_line
from set_contrastive.training import presets

_PRESET = flags.DEFINE_enum("preset", "laptop", presets.NAMES, "Sizes of the models.")
_GAME = flags.DEFINE_string("game", "union_27", "The game.")
_PAIRS = flags.DEFINE_list("pairs", ["1", "8"], "Numbers of pairs of a query.")
_MODELS = flags.DEFINE_list(
    "models", ["two_tower", "cross_encoder", "classifier"], "The models."
)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 256, "Queries of a step.")
_CALLS = flags.DEFINE_integer("calls", 4, "Calls after the first.")
_STEPS = flags.DEFINE_integer("steps_per_call", 20, "Steps of a call.")
_XLA = flags.DEFINE_bool("xla", True, "Compile the step with XLA.")
_OUTPUT = table.output_flag()


class _Clock:
    """Notes when a call of several steps ended, in place of Keras's callbacks."""

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self.ends: list[float] = []
        self.seconds: list[float] = []

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Notes the time, and what a step itself took."""
        self.ends.append(time.perf_counter())
        rate = (logs or {})["examples_per_second"]
        self.seconds.append(self._batch_size / rate)


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    rows = table.Table(
        f"training_{_PRESET.value}",
        "A step of training, and what of it is arithmetic, Python and input",
        "Medians over calls; of_rate is to the speed at which this machine multiplies "
        "large matrices, measured after each row; input and python are shares of the "
        "step.",
    )
    context = multiprocessing.get_context("spawn")
    for family, pairs in itertools.product(_MODELS.value, map(int, _PAIRS.value)):
        values = {name: flags.FLAGS[name].value for name in _FLAGS}
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_row, args=(family, pairs, values, sender))
        process.start()
        sender.close()
        rows.add(model=family, pairs=pairs, **receiver.recv())
        process.join()
    rows.save(_OUTPUT.value, **{name: flags.FLAGS[name].value for name in _FLAGS})


_FLAGS = ("preset", "game", "batch_size", "calls", "steps_per_call", "xla")


def _row(family: str, pairs: int, values: dict[str, Any], sender: Any) -> None:
    """Measures one model, in a process of its own."""
    from set_contrastive.base import command  # isort: skip - Quiets TensorFlow.

    del command
    from benchmarks import machine
    from set_contrastive.data import input_pipeline
    from set_contrastive.games import registry
    from set_contrastive.training import distribution
    from set_contrastive.training.trainer import Trainer

    batch_size, per_call = values["batch_size"], values["steps_per_call"]
    config = presets.experiment(
        values["preset"],
        values["game"],
        compared_models.model(values["preset"], family),
        steps=per_call * (1 + values["calls"]),
        steps_per_call=per_call,
        batch_size=batch_size,
        curriculum="",
        stream=True,
        xla=values["xla"],
    )
    game = registry.get(values["game"])
    source = input_pipeline.FreshQueries(game.with_pairs(pairs))
    phase = input_pipeline.Phase(source, 0, config.steps)
    trainer = Trainer(config, game.spec, distribution.build("none", 1))
    clock = _Clock(batch_size)
    started = time.perf_counter()
    for _ in trainer.run([phase], clock):
        pass
    peak = machine.peak_memory_mib()
    step = statistics.median(clock.seconds[1:])
    calls = [b - a for a, b in itertools.pairwise(clock.ends)]
    between = statistics.median(calls) / per_call - step
    batches = input_pipeline.batches(phase, seed=1, start_step=0, batch_size=batch_size)
    drawn = time.perf_counter()
    count = sum(1 for _ in batches)
    batch = (time.perf_counter() - drawn) / count
    # Not at first: a virtual machine that was idle may lack a core for a second.
    rate = machine.matmul_rate()
    flops = machine.matmul_flops(machine.step_hlo(trainer, next(iter(batches)))) / step
    sender.send(
        {
            "ms_per_step": 1e3 * step,
            "examples_per_s": round(batch_size / step),
            "compile_s": clock.ends[0] - started,
            "gflop_per_s": flops / 1e9,
            "of_rate": flops / rate,
            "input": batch / step,
            "python": max(between, 0) / step,
            "peak_mib": round(peak),
        }
    )


if __name__ == "__main__":
    command_line.run(main)
