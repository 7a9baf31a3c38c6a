"""One process of replicas: measures the trainer's steps and bare all-reduces.

Run by `set_contrastive.foundations.distributed`, with what to do as JSON; prints what
it found as JSON.
"""

import json
import statistics
import sys
import time
from typing import Any

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
import keras
import tensorflow as tf

from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.data import input_pipeline
from set_contrastive.foundations.exchange.time_models import FLOAT_BYTES
from set_contrastive.games import registry
from set_contrastive.training import distribution
from set_contrastive.training.trainer import Trainer

GAME = "union_27"
_TURNS = 7


class _Rates(keras.callbacks.Callback):
    """Notes the seconds of a step, call by call."""

    def __init__(self, batch_size: int) -> None:
        super().__init__()
        self._batch_size = batch_size
        self.seconds: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Notes a call."""
        self.seconds.append(self._batch_size / logs["examples_per_second"])


def measure_steps(
    strategy: Any, where: dict[str, Any], d_model: int, batch_size: int, steps: int
) -> dict[str, Any]:
    """Trains for some steps, and returns how long one takes.

    Args:
      strategy: Where to run.
      where: `strategy` and `replicas` of the configuration.
      d_model: Width of a two-tower model.
      batch_size: Queries of a step, over all replicas.
      steps: Steps of a call; there are three calls, and the first one is left out.
    """
    config = ExperimentConfig(
        game=GAME,
        model=ModelConfig("two_tower", d_model=d_model, d_ff=2 * d_model),
        batch_size=batch_size,
        steps=3 * steps,
        steps_per_call=steps,
        xla=False,  # It compiles no collectives, so none of the settings.
        **where,
    )
    game = registry.get(GAME)
    trainer = Trainer(config, game.spec, strategy)
    phase = input_pipeline.Phase(input_pipeline.FreshQueries(game), 0, config.steps)
    rates = _Rates(batch_size)
    for _ in trainer.run([phase], keras.callbacks.CallbackList([rates])):
        pass
    batches = input_pipeline.batches(phase, seed=1, start_step=0, batch_size=batch_size)
    started = time.perf_counter()
    count = sum(1 for _ in batches)
    return {
        "d_model": d_model,
        "parameters": trainer.model.count_params(),
        "step_s": min(rates.seconds[1:]),
        "input_s": (time.perf_counter() - started) / count,
    }


def measure_all_reduce(strategy: Any, size: int) -> float:
    """Returns the median seconds of an all-reduce of `size` bytes."""
    count = size // FLOAT_BYTES

    def reduce() -> Any:
        context = tf.distribute.get_replica_context()
        return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.ones(count))[0]

    run = tf.function(lambda: strategy.run(reduce))
    seconds = []
    for _ in range(1 + _TURNS):
        started = time.perf_counter()
        [r.numpy() for r in strategy.experimental_local_results(run())]
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:])


def measure(order: dict[str, Any]) -> dict[str, Any]:
    """Does what an order asks for.

    Args:
      order: `strategy`, `replicas`, `widths`, `batch_size`, `steps` and `sizes`.
    """
    where = {name: order[name] for name in ("strategy", "replicas")}
    strategy = distribution.build(where["strategy"], where["replicas"])
    rest = order["batch_size"], order["steps"]
    steps = [measure_steps(strategy, where, w, *rest) for w in order["widths"]]
    sizes = order["sizes"] if where["replicas"] > 1 else []
    return {
        **where,
        "steps": steps,
        "all_reduce_s": [measure_all_reduce(strategy, size) for size in sizes],
    }


if __name__ == "__main__":
    command.look_for_devices()
    print(json.dumps(measure(json.loads(sys.argv[1]))))
