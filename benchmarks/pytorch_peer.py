r"""Our training step beside the same models in PyTorch, eager and compiled.

    pip install 'set_contrastive[peer]'
    python -m benchmarks.pytorch_peer
    python -m benchmarks.pytorch_peer --preset=study --batch_size=64 --turns=3 --steps=1

Each contender is a process of its own that has been warmed up; they take turns, and
the median of their times counts. Same sizes, batch, loss, optimizer and clipping; the
number of parameters is checked. Commands of ours keep freed memory
(base/kept_memory.py), so an eager contender does too. Run it on an idle machine.
"""

import time
from typing import Any

from absl import flags

from benchmarks import compared_models
from benchmarks import table
from benchmarks import turns
from set_contrastive.base import command_line
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.training import presets

_PRESET = flags.DEFINE_enum("preset", "laptop", presets.NAMES, "Sizes of the models.")
_MODELS = flags.DEFINE_list("models", ["two_tower", "cross_encoder"], "The models.")
_GAME = flags.DEFINE_string("game", "union_27", "The game.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 256, "Queries of a step.")
_TURNS = flags.DEFINE_integer("turns", 7, "Turns of each contender.")
_STEPS = flags.DEFINE_integer("steps", 20, "Steps of a turn.")
_OUTPUT = table.output_flag()
_OURS, _EAGER, _COMPILED = "this project", "PyTorch eager", "PyTorch compiled"
_KEPT = ", memory kept"
_CONTENDERS = (_OURS, _EAGER, _EAGER + _KEPT, _COMPILED)


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    rows = table.Table(
        f"pytorch_peer_{_PRESET.value}",
        "A step of training beside PyTorch",
        "Contenders in turn, each in a process of its own, medians; times_ours is to "
        "this project.",
    )
    for family in _MODELS.value:
        config = presets.experiment(
            _PRESET.value,
            _GAME.value,
            compared_models.model(_PRESET.value, family),
            batch_size=_BATCH_SIZE.value,
            steps_per_call=_STEPS.value,
            steps=_STEPS.value * (2 + _TURNS.value),
            curriculum="",
            stream=True,
        )
        params, medians = turns.take(
            {
                contender: turns.Contender(_warm_up, (contender, config.to_dict()))
                for contender in _CONTENDERS
            },
            _TURNS.value,
        )
        if len(set(params.values())) > 1:
            raise UserError(f"the numbers of parameters differ: {params}")
        for contender, measures in medians.items():
            seconds = measures["seconds"]
            rows.add(
                model=family,
                contender=contender,
                ms_per_step=1e3 * seconds,
                examples_per_s=round(_BATCH_SIZE.value / seconds),
                times_ours=seconds / medians[_OURS]["seconds"],
            )
    rows.save(
        _OUTPUT.value,
        preset=_PRESET.value,
        game=_GAME.value,
        batch_size=_BATCH_SIZE.value,
    )


def _warm_up(contender: str, config: dict[str, Any]) -> tuple[int, turns.Turn]:
    """Builds a contender and runs a call; returns its parameters and a timed call."""
    build = _ours if contender == _OURS else _peer
    try:
        run, params = build(config, contender)
    except ImportError as error:
        raise UserError(
            f"PyTorch is needed: pip install 'set_contrastive[peer]' ({error})"
        ) from error
    run()

    def turn() -> dict[str, float]:
        started = time.perf_counter()
        steps = run()
        return {"seconds": (time.perf_counter() - started) / steps}

    return params, turn


def _ours(values: dict[str, Any], contender: str) -> Any:
    from set_contrastive.base import command  # isort: skip - Quiets TensorFlow.
    import keras

    from set_contrastive.configs.experiment_config import ExperimentConfig
    from set_contrastive.data import input_pipeline
    from set_contrastive.training import distribution
    from set_contrastive.training.trainer import Trainer

    del contender, command
    config = ExperimentConfig.from_dict(values)
    game = registry.get(config.game)
    phase = input_pipeline.Phase(input_pipeline.FreshQueries(game), 0, config.steps)
    trainer = Trainer(config, game.spec, distribution.build("none", 1))
    calls = trainer.run([phase], keras.callbacks.CallbackList([]))
    next(calls)  # Compiles.

    def run() -> int:
        next(calls)
        return config.steps_per_call

    return run, trainer.model.count_params()


def _peer(values: dict[str, Any], contender: str) -> Any:
    import numpy as np
    import torch

    from benchmarks import pytorch_models
    from set_contrastive.base import kept_memory
    from set_contrastive.configs.experiment_config import ExperimentConfig

    if contender.endswith(_KEPT):
        kept_memory.keep()
    config = ExperimentConfig.from_dict(values)
    game = registry.get(config.game)
    model = pytorch_models.Scorer(game.spec, config.model)
    rate = config.optimizer.learning_rate
    optimizers = pytorch_models.optimizers(
        model, config.optimizer.optimizer == "muon", rate
    )
    queries = game.sample(np.random.default_rng(0), config.batch_size)
    query = torch.tensor(queries, dtype=torch.int64)
    key_mask = torch.tensor(game.answer(queries), dtype=torch.float32)

    def forward() -> torch.Tensor:
        return pytorch_models.loss(model.trained(query), key_mask)

    if contender == _COMPILED:
        forward = torch.compile(forward)

    def run() -> int:
        for _ in range(config.steps_per_call):
            for optimizer in optimizers:
                optimizer.zero_grad()
            value = forward()
            value.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for optimizer in optimizers:
                optimizer.step()
        value.item()
        return config.steps_per_call

    run()
    return run, sum(parameter.numel() for parameter in model.parameters())


if __name__ == "__main__":
    command_line.run(main)
