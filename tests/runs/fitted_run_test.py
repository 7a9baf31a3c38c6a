"""A run whose vectors are fitted before it is trained, through the command."""

import numpy as np

from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.runs import experiment
from set_contrastive.training import vector_fit
from tests import tiny_run


def _fitted(workdir):
    scorer = experiment.load(str(workdir)).scorer.all_keys_scorer
    return [weight.numpy() for weight in scorer.non_trainable_variables]


def test_training_begins_with_fitted_vectors_and_leaves_them(
    data_dir, tmp_path, run_quickly
):
    flags = tiny_run.train_flags(
        data_dir,
        tmp_path,
        model="late_interaction",
        query_vector="fitted",
        readouts="keys",
        query_vectors=8,
        key_vectors=2,
        vector_dim=4,
        d_head=16,
    )
    code, _, errors = run_quickly(tiny_run.TRAIN, *flags)
    assert code == 0, errors
    assert "vectors: 100%" in errors
    before = _fitted(tmp_path)

    # A run that goes on takes the vectors of its checkpoint.
    for path in tmp_path.glob("checkpoints/step-6.*"):
        path.unlink()
    code, _, errors = run_quickly(tiny_run.TRAIN, *flags)
    assert code == 0, errors
    assert "vectors: 100%" not in errors
    for mine, theirs in zip(before, _fitted(tmp_path), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_its_reader_is_trained_as_a_two_towers(data_dir, tmp_path, monkeypatch):
    # What a sweep relies on, which trains one reader for both.
    monkeypatch.setattr(vector_fit, "STEPS", 100)
    small = {"d_model": 16, "d_ff": 24, "readouts": "keys", "num_head_layers": 1}
    several = {"query_vectors": 2, "key_vectors": 2, "vector_dim": 3}
    readers = []
    for model in (
        ModelConfig("two_tower", query_vector="solved", vector_dim=27, **small),
        ModelConfig("late_interaction", query_vector="fitted", **several, **small),
    ):
        config = ExperimentConfig(
            "union_27_small", model, data_dir=data_dir, batch_size=32, steps=5
        )
        folder = str(tmp_path / model.family)
        experiment.train_and_evaluate(config, folder)
        scorer = experiment.load(folder).scorer.all_keys_scorer
        readers.append(scorer.trainable_variables)
    for mine, theirs in zip(*readers, strict=True):
        np.testing.assert_array_equal(mine, theirs)
