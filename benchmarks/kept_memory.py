r"""A step of training where freed memory is kept, as commands have it, and where not.

    python -m benchmarks.kept_memory
    python -m benchmarks.kept_memory --preset=light --models=two_tower

Both are processes of their own that have been warmed up, and take turns; the median of
their times counts, and times_kept is to the one that keeps. Each step is there compiled
by XLA and not. Columns: page faults of a step; the share of the processor's time that
the operating system took; the peak memory of the process. Run it on an idle machine.
"""

import itertools
import resource
import time
from typing import Any

from absl import flags

from benchmarks import compared_models
from benchmarks import table
from benchmarks import turns
from set_contrastive.base import command_line
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.games import registry
from set_contrastive.training import presets

_PRESET = flags.DEFINE_enum("preset", "laptop", presets.NAMES, "Sizes of the models.")
_MODELS = flags.DEFINE_list("models", ["two_tower", "cross_encoder"], "The models.")
_GAME = flags.DEFINE_string("game", "union_27", "The game.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 256, "Queries of a step.")
_TURNS = flags.DEFINE_integer("turns", 5, "Turns of each.")
_STEPS = flags.DEFINE_integer("steps", 20, "Steps of a turn.")
_OUTPUT = table.output_flag()

_KEPT, _LEFT = "kept", "not kept"
# What a process starts with. What is as glibc has it anyway says that the user has
# chosen: see base/kept_memory.py.
_ENVIRONMENT = {_KEPT: {}, _LEFT: {"MALLOC_ARENA_TEST": "8"}}


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    rows = table.Table(
        f"kept_memory_{_PRESET.value}",
        "A step of training, freed memory kept and not",
        "Both in turn, each in a process of its own, medians; times_kept is to the one "
        "that keeps.",
    )
    for family, xla in itertools.product(_MODELS.value, (True, False)):
        config = presets.experiment(
            _PRESET.value,
            _GAME.value,
            compared_models.model(_PRESET.value, family),
            batch_size=_BATCH_SIZE.value,
            steps_per_call=_STEPS.value,
            steps=_STEPS.value * (1 + _TURNS.value),
            curriculum="",
            stream=True,
            xla=xla,
        )
        _, found = turns.take(
            {
                memory: turns.Contender(_warm_up, (config.to_dict(),), environment)
                for memory, environment in _ENVIRONMENT.items()
            },
            _TURNS.value,
        )
        kept = found[_KEPT]["ms_per_step"]
        for memory, row in found.items():
            times = row["ms_per_step"] / kept
            rows.add(model=family, xla=xla, memory=memory, **row, times_kept=times)
    rows.save(
        _OUTPUT.value,
        preset=_PRESET.value,
        game=_GAME.value,
        batch_size=_BATCH_SIZE.value,
    )


def _warm_up(values: dict[str, Any]) -> tuple[None, turns.Turn]:
    """Compiles a call of ours and returns one that is measured."""
    from set_contrastive.base import command  # isort: skip - Quiets TensorFlow.
    import keras

    from benchmarks import machine
    from set_contrastive.data import input_pipeline
    from set_contrastive.training import distribution
    from set_contrastive.training.trainer import Trainer

    del command
    config = ExperimentConfig.from_dict(values)
    game = registry.get(config.game)
    phase = input_pipeline.Phase(input_pipeline.FreshQueries(game), 0, config.steps)
    trainer = Trainer(config, game.spec, distribution.build("none", 1))
    calls = trainer.run([phase], keras.callbacks.CallbackList([]))
    next(calls)

    def turn() -> dict[str, float]:
        before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        next(calls)
        seconds = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_SELF)
        system = after.ru_stime - before.ru_stime
        user = after.ru_utime - before.ru_utime
        return {
            "ms_per_step": 1e3 * seconds / config.steps_per_call,
            "faults": (after.ru_minflt - before.ru_minflt) // config.steps_per_call,
            "system": system / (system + user),
            "peak_mib": round(machine.peak_memory_mib()),
        }

    return None, turn


if __name__ == "__main__":
    command_line.run(main)
