r"""Step time of each model, and what Python and the input pipeline take of it.

    python -m benchmarks.training

Columns: median milliseconds a step; examples a second; seconds to compile; and, as
shares of the step, what the input pipeline needs to make a batch by itself, and Python
between two calls of 20 steps. Run it on an idle machine.
"""

import itertools
import statistics
import time

import keras
from absl import flags

from set_contrastive import command
from set_contrastive import distribution
from set_contrastive import input_pipeline
from set_contrastive import presets
from set_contrastive.games import registry
from set_contrastive.trainer import Trainer

_PRESET = flags.DEFINE_enum("preset", "laptop", presets.NAMES, "Sizes of the models.")
_GAME = flags.DEFINE_string("game", "union_27", "The game.")
_PAIRS = flags.DEFINE_list("pairs", ["1", "8"], "Numbers of pairs of a query.")
_CALLS = flags.DEFINE_integer("calls", 4, "Calls of 20 steps after the first.")
_XLA = flags.DEFINE_bool("xla", True, "Compile the step with XLA.")


class _Clock(keras.callbacks.Callback):
    """Notes when a call of several steps ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []
        self.seconds: list[float] = []

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Notes the time, and what the steps themselves took."""
        self.ends.append(time.perf_counter())
        self.seconds.append(256 / logs["examples_per_second"] if logs else 0.0)


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    print(
        f"{'model':<15}{'pairs':>6}{'ms a step':>11}{'examples/s':>12}{'compile s':>11}"
        f"{'input':>8}{'Python':>8}"
    )
    families = ("two_tower", "cross_encoder", "classifier")
    for family, pairs in itertools.product(families, map(int, _PAIRS.value)):
        print(f"{family:<15}{pairs:>6}{_measure(family, pairs)}", flush=True)


def _measure(family: str, pairs: int) -> str:
    config = presets.experiment(
        _PRESET.value,
        _GAME.value,
        presets.model(_PRESET.value, family),  # type: ignore[arg-type] # From the list.
        steps=20 * (1 + _CALLS.value),
        batch_size=256,
        curriculum="",
        stream=True,
        xla=_XLA.value,
    )
    game = registry.get(_GAME.value)
    source = input_pipeline.FreshQueries(game.with_pairs(pairs))
    phase = input_pipeline.Phase(source, 0, config.steps)
    trainer = Trainer(config, game.spec, distribution.build("none", 1))
    clock = _Clock()
    started = time.perf_counter()
    for _ in trainer.run([phase], keras.callbacks.CallbackList([clock])):
        pass
    step = statistics.median(clock.seconds[1:])
    calls = [b - a for a, b in itertools.pairwise(clock.ends)]
    between = statistics.median(calls) / 20 - step
    batches = input_pipeline.batches(phase, seed=1, start_step=0, batch_size=256)
    drawn = time.perf_counter()
    count = sum(1 for _ in batches)
    batch = (time.perf_counter() - drawn) / count
    return (
        f"{1e3 * step:>11.1f}{256 / step:>12,.0f}{clock.ends[0] - started:>11.1f}"
        f"{batch / step:>8.1%}{max(between, 0) / step:>8.1%}"
    )


if __name__ == "__main__":
    command.run(main)
