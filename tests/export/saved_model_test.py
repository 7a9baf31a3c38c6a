"""Tests of exported scorers, loaded where this project cannot be imported."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from export import saved_model
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.data import prepared_data
from set_contrastive.games import registry
from set_contrastive.runs import experiment

_STRANGER = """
import sys
sys.modules.update(dict.fromkeys(("set_contrastive", "data_builders", "export")))
import numpy as np, tensorflow as tf
folder, inputs, outputs = sys.argv[1:]
signatures = tf.saved_model.load(folder).signatures
queries = np.load(inputs)
found = {}
for batch in (len(queries), 3):
    rows = tf.constant(queries[:batch])
    everything = signatures["score_all"](query=rows)
    found[f"scores_{batch}"] = everything["scores"].numpy()
    found[f"probabilities_{batch}"] = everything["probabilities"].numpy()
    columns = [
        signatures["serving_default"](query=rows, key=tf.fill([batch], key))["score"]
        for key in range(27)
    ]
    found[f"pairs_{batch}"] = np.stack([c.numpy() for c in columns], axis=1)
    ranked = signatures["rank"](query=rows)
    for name in ("keys", "names", "scores", "probabilities"):
        found[f"ranked_{name}_{batch}"] = ranked[name].numpy()
    found[f"ranked_names_{batch}"] = found[f"ranked_names_{batch}"].astype("S")
texts = tf.constant(["red-solid-circle green-*-square", "  *-*-*   *-*-* "])
found["text_scores"] = signatures["score_text"](query=texts)["scores"].numpy()
if "encode_query" in signatures:
    (vectors,) = signatures["encode_query"](query=rows).values()
    (keys,) = signatures["encode_key"](key=tf.range(27)).values()
    if vectors.ndim == 2:
        found["products"] = vectors.numpy() @ keys.numpy().T
    else:
        products = np.einsum("bid,kjd->bkij", vectors.numpy(), keys.numpy())
        found["products"] = products.max(axis=3).sum(axis=2)
for wrong in ({"query": rows - 200}, {"query": rows[:, :1] * 0}):
    try:
        signatures["score_all"](**wrong)
    except (tf.errors.InvalidArgumentError, ValueError, TypeError) as error:
        print(type(error).__name__)
np.savez(outputs, **found)
"""


@pytest.fixture(
    scope="module",
    params=[
        ("two_tower", "float32"),
        ("two_tower", "mixed_float16"),
        ("cross_encoder", "float32"),
        ("classifier", "float32"),
        ("late_interaction", "float32"),
    ],
    ids=" ".join,
)
def run(request, data_dir, tmp_path_factory):
    """A short run, evaluated on the test split."""
    family, precision = request.param
    several = {"num_readouts": 2, "query_vectors": 2, "key_vectors": 3}
    config = ExperimentConfig(
        game="wildcard_27",
        model=ModelConfig(
            family=family,
            d_model=16,
            d_ff=24,
            vector_dim=8,
            key_bias=True,
            **(several if family == "late_interaction" else {}),
        ),
        data_dir=data_dir,
        precision=precision,
        batch_size=32,
        steps=20,
        xla=False,
    )
    workdir = str(tmp_path_factory.mktemp("run"))
    experiment.train_and_evaluate(config, workdir)
    experiment.evaluate(workdir, "test")
    return workdir


@pytest.fixture(scope="module")
def version(run, tmp_path_factory):
    """The run's first version."""
    folder = tmp_path_factory.mktemp("model")
    version = saved_model.export(run, str(folder))
    assert version == folder / "1"
    return version


def test_a_stranger_gets_the_scores_of_the_runs_own_evaluation(
    run, version, data_dir, tmp_path
):
    queries = prepared_data.read_split(data_dir, "wildcard_27", "test").queries
    np.save(tmp_path / "queries.npy", queries[:50])
    stranger = subprocess.run(
        [
            sys.executable,
            "-c",
            _STRANGER,
            version,
            tmp_path / "queries.npy",
            tmp_path / "scores.npz",
        ],
        check=True,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert stranger.stdout.split()[0] == "InvalidArgumentError"
    game = registry.get("wildcard_27")
    expected = np.load(pathlib.Path(run) / "scores_test.npy")
    assert expected.std() > 1e-3
    with np.load(tmp_path / "scores.npz") as found:
        for batch in (50, 3):
            scores = expected[:batch]
            exponentials = np.exp(scores)
            np.testing.assert_allclose(found[f"scores_{batch}"], scores, atol=1e-5)
            np.testing.assert_allclose(found[f"pairs_{batch}"], scores, atol=1e-5)
            np.testing.assert_allclose(
                found[f"probabilities_{batch}"],
                exponentials / exponentials.sum(axis=1, keepdims=True),
                atol=1e-5,
            )
            keys = found[f"ranked_keys_{batch}"]
            order = np.argsort(-scores, axis=1, kind="stable")
            assert (keys == order).mean() > 0.95  # Near ties may change places.
            ranked = found[f"ranked_scores_{batch}"]
            assert (np.diff(ranked, axis=1) <= 0).all()
            np.testing.assert_allclose(
                ranked, np.take_along_axis(scores, keys, axis=1), atol=1e-5
            )
            names = found[f"ranked_names_{batch}"].astype(str)
            assert (names == np.array(game.keys)[keys]).all()
        queries = [
            game.parse("red-solid-circle green-*-square"),
            game.parse("*-*-* *-*-*"),
        ]
        model = experiment.load(run).scorer.all_keys_scorer
        np.testing.assert_allclose(
            found["text_scores"], model({"query": np.array(queries)}), atol=1e-5
        )
        family = ExperimentConfig.load(pathlib.Path(run) / "config.json").model.family
        has_vectors = family in ("two_tower", "late_interaction")
        assert ("products" in found) == has_vectors
        if "products" in found:
            np.testing.assert_allclose(found["products"], expected[:3], atol=1e-5)


def test_the_model_card_tells_what_the_run_measured(run, version):
    card = (version / "assets.extra" / "model_card.md").read_text()
    measures = json.loads((pathlib.Path(run) / "metrics.json").read_text())
    config = ExperimentConfig.load(pathlib.Path(run) / "config.json")
    assert card.startswith(f"# {config.model.family} for wildcard_27\n")
    assert f"Parameters: {measures['num_params']:,}" in card
    assert "20 steps of 32 queries, from the train split, objective" in card
    assert f"test split (4,096 queries): KL {measures['kl_nats']:.5f} nats" in card
