"""Small studies for tests, named as a user names her own: tests.tiny_study:STUDY."""

import dataclasses

from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.studies import study

_MODEL = ModelConfig("two_tower", d_model=16, d_ff=24, num_heads=2, num_layers=2)


def _experiment(data_dir, seed, steps, game="wildcard_27", **model):
    return ExperimentConfig(
        game=game,
        model=dataclasses.replace(_MODEL, **model),
        data_dir=data_dir,
        optimizer=OptimizerConfig(learning_rate=1e-2, warmup_steps=10),
        objective="cross_entropy_support",
        batch_size=32,
        steps=steps,
        eval_every=30,
        checkpoint_every=20,
        xla=False,  # Compiling takes longer than these runs.
        seed=seed,
    )


def _cell(config):
    return study.cell(config, 0.1)


def _cells(data_dir, seed):
    models = ({"vector_dim": 2}, {"vector_dim": 8}, {"family": "cross_encoder"})
    return [_cell(_experiment(data_dir, seed, 60, **model)) for model in models]


def _long_cells(data_dir, seed):
    return [
        _cell(_experiment(data_dir, seed, steps, vector_dim=dim))
        for dim, steps in ((2, 1000), (8, 60))
    ]


def _failing_cells(data_dir, seed):
    bad = _experiment(data_dir, seed, 60, vector_dim=3)
    optimizer = dataclasses.replace(bad.optimizer, learning_rate=1e30)
    bad = dataclasses.replace(bad, optimizer=optimizer)
    return [_cell(bad), _cell(_experiment(data_dir, seed, 60, vector_dim=8))]


def _other_data_cells(data_dir, seed):
    games = ("union_27_small", "tests.parity:Parity")
    return [
        _cell(_experiment(data_dir, seed, 20, game, vector_dim=2)) for game in games
    ]


STUDY = study.Study(
    name="tiny",
    title="Does it work?",
    cells=_cells,
    subsets_log2={"wildcard_27": 6.0},
    references=(
        study.Reference("wildcard_27", "two_tower_d2", 1.5, 0.5),
        study.Reference("wildcard_27", "two_tower_d8", 0.0, 1.0),
    ),
    source="nobody",
    goals={
        ("wildcard_27", "two_tower_d2"): 3.0,
        ("wildcard_27", "two_tower_d8"): 0.0,
    },
)
LONG = study.Study("long", "Can it be stopped?", _long_cells)
FAILING = study.Study("failing", "Does one stop the others?", _failing_cells)
OTHER_DATA = study.Study("other_data", "Whose rules are these?", _other_data_cells)
