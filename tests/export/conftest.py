"""Exported scorers that tests of serving share."""

import pathlib

import pytest

from export import saved_model
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.runs import experiment
from set_contrastive.training import vector_fit

# Fields that a model has beside those of all.
_MODELS = {
    "two_tower": {},
    # Of few dimensions, whose keys are searched in seconds.
    "solved": {
        "family": "two_tower",
        "readouts": "keys",
        "query_vector": "solved",
        "vector_dim": 2,
    },
    "cross_encoder": {},
    "late_interaction": {"num_readouts": 2, "query_vectors": 2, "key_vectors": 3},
    "fitted": {
        "family": "late_interaction",
        "readouts": "keys",
        "query_vector": "fitted",
        "query_vectors": 2,
        "key_vectors": 3,
        "d_head": 16,
    },
}


@pytest.fixture(scope="session")
def short_runs(data_dir, tmp_path_factory) -> dict[str, str]:
    """For each model, a run folder of a few steps of union_27."""
    folder = tmp_path_factory.mktemp("short_runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vector_fit, "STEPS", 100)
        _train(folder, data_dir)
    return {name: str(folder / name) for name in _MODELS}


def _train(folder, data_dir):
    for name, fields in _MODELS.items():
        config = ExperimentConfig(
            game="union_27_small",
            model=ModelConfig(
                d_model=16,
                d_ff=24,
                key_bias=True,
                **{"family": name, "vector_dim": 8} | fields,
            ),
            data_dir=data_dir,
            batch_size=32,
            steps=3,
            xla=False,
        )
        experiment.train_and_evaluate(config, str(folder / name))


@pytest.fixture(scope="session")
def exported(short_runs, tmp_path_factory) -> dict[str, pathlib.Path]:
    """For each model, a version of a scorer of union_27; tests must not change it."""
    folder = tmp_path_factory.mktemp("exported")
    return {
        name: saved_model.export(workdir, str(folder / name))
        for name, workdir in short_runs.items()
    }
