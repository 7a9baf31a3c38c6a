"""Vectors that are trained before what reads queries, against loops and at random."""

import keras
import numpy as np
import pytest

from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.data import input_pipeline
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.training import vector_fit

GAME = registry.get("union_27")


class Steps(keras.callbacks.Callback):
    """Counts the steps that it is told of."""

    steps = 0

    def on_train_batch_end(self, batch, logs=None):
        """Counts."""
        del logs
        self.steps = batch + 1


def _config():
    model = ModelConfig(
        "late_interaction",
        query_vector="fitted",
        readouts="keys",
        **{"d_model": 8, "d_ff": 8, "d_head": 64, "num_head_layers": 1},
        **{"vector_dim": 4, "query_vectors": 8, "key_vectors": 2, "vector_gain": 6.0},
    )
    return ExperimentConfig("union_27", model, xla=False)


def _fit(monkeypatch, steps):
    monkeypatch.setattr(vector_fit, "STEPS", steps)
    told = Steps()
    source = input_pipeline.FreshQueries(GAME)
    return vector_fit.fit(_config(), 27, source, told), told.steps


def _kl(vectors, keys, mask):
    """KL of MaxSim scores, by loops over the vectors."""
    total = 0.0
    for of_query, row in zip(vectors, mask, strict=True):
        scores = np.array(
            [sum(max(q @ k for k in key) for q in of_query) for key in keys]
        )
        log_shares = scores - scores.max()
        log_shares -= np.log(np.exp(log_shares).sum())
        total += -np.log(row.sum()) - log_shares[row].mean()
    return total / len(mask)


def test_fitted_vectors_tell_fresh_subsets_apart(monkeypatch):
    model, steps = _fit(monkeypatch, 300)
    assert steps == 300
    mask = GAME.answer(GAME.sample(np.random.default_rng(9), 100))
    scores = (mask.astype("float32") - 1) * 20
    vectors = model.get_layer("vectors")(scores).numpy()
    table = model.get_layer("keys").vectors.numpy() * 6
    # The least KL found for one vector of as many numbers, 8, is 0.20.
    assert _kl(vectors, table.reshape(27, 2, 4), mask) < 0.15


def test_the_same_seed_fits_the_same_vectors_and_a_scorer_takes_them(monkeypatch):
    (one, _), (other, _) = (_fit(monkeypatch, 100) for _ in range(2))
    scorer = families.build(GAME.spec, _config().model)
    vector_fit.place(scorer, other)
    for name in ("vectors", "keys"):
        placed = scorer.all_keys_scorer.get_layer(name).weights
        for mine, theirs in zip(one.get_layer(name).weights, placed, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    found = scorer.key_encoder({"key": np.arange(27)})
    assert found.shape == (27, 2, 4)


@pytest.mark.parametrize("matching", [[3], [0, 5, 26]])
def test_a_readers_scores_stand_for_the_truth(matching):
    mask = np.zeros((1, 27), np.bool_)
    mask[0, matching] = True

    class One:
        def draw(self, seed, first_step, steps, batch_size):
            number = steps * batch_size
            queries = np.zeros((number, 23), np.int32)
            return queries, np.repeat(mask, number, axis=0)

    scores, truth = next(iter(vector_fit.batches(One(), seed=0)))
    shares = np.exp(scores[0]) / np.exp(scores[0]).sum()
    np.testing.assert_allclose(shares, truth[0], atol=1e-8)
    np.testing.assert_allclose(truth[0], mask[0] / len(matching))
