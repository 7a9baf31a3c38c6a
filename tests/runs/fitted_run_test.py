"""A run whose vectors are fitted before it is trained."""

import numpy as np
import pytest

from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.runs import experiment
from set_contrastive.training import vector_fit

_SMALL = {"d_model": 16, "d_ff": 24, "readouts": "keys", "num_head_layers": 1}


@pytest.fixture
def few_steps(monkeypatch):
    """Fits vectors in seconds, worse than it could be done."""
    monkeypatch.setattr(vector_fit, "STEPS", 100)


def _config(data_dir, model, **fields):
    few = {"data_dir": data_dir, "batch_size": 32, "steps": 6}
    return ExperimentConfig("union_27_small", model, **few, **fields)


def _fitted(workdir):
    scorer = experiment.load(str(workdir)).scorer.all_keys_scorer
    return [weight.numpy() for weight in scorer.non_trainable_variables]


def test_training_begins_with_fitted_vectors_and_leaves_them(
    data_dir, tmp_path, few_steps, capsys
):
    several = {"query_vectors": 8, "key_vectors": 2, "vector_dim": 4, "d_head": 16}
    model = ModelConfig("late_interaction", query_vector="fitted", **several, **_SMALL)
    config = _config(data_dir, model, checkpoint_every=2, xla=False)
    experiment.train_and_evaluate(config, str(tmp_path))
    assert "vectors: 100%" in capsys.readouterr().err
    before = _fitted(tmp_path)

    # A run that goes on takes the vectors of its checkpoint.
    for path in tmp_path.glob("checkpoints/step-6.*"):
        path.unlink()
    experiment.train_and_evaluate(config, str(tmp_path))
    assert "vectors: 100%" not in capsys.readouterr().err
    for mine, theirs in zip(before, _fitted(tmp_path), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_its_reader_is_trained_as_a_two_towers(data_dir, tmp_path, few_steps):
    # What a sweep relies on, which trains one reader for both.
    several = {"query_vectors": 2, "key_vectors": 2, "vector_dim": 3}
    readers = []
    for model in (
        ModelConfig("two_tower", query_vector="solved", vector_dim=27, **_SMALL),
        ModelConfig("late_interaction", query_vector="fitted", **several, **_SMALL),
    ):
        folder = str(tmp_path / model.family)
        experiment.train_and_evaluate(_config(data_dir, model), folder)
        scorer = experiment.load(folder).scorer.all_keys_scorer
        readers.append(scorer.trainable_variables)
    for mine, theirs in zip(*readers, strict=True):
        np.testing.assert_array_equal(mine, theirs)
