"""Tests of exported scorers, loaded where this project cannot be imported."""

import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from export import saved_model
from export import score
from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.data import prepared_data
from set_contrastive.games import registry
from set_contrastive.games import set_games
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


def test_versions_count_up_and_no_partial_one_is_left(short_runs, tmp_path):
    folder = tmp_path / "model"
    (folder / "7").mkdir(parents=True)
    (folder / "notes").mkdir()
    assert saved_model.export(short_runs["two_tower"], str(folder)).name == "8"
    assert {path.name for path in folder.iterdir()} == {"7", "8", "notes"}
    assert list((folder / "7").iterdir()) == []
    spec = json.loads((folder / "8" / "assets.extra" / "game.json").read_text())
    assert spec["name"] == "union_27_small"
    extra = folder / "8" / "assets.extra"
    assert (extra / "keys.txt").read_text().splitlines() == spec["keys"]
    assert (extra / "vocabulary.txt").read_text().splitlines() == spec["vocabulary"]


def test_the_model_card_tells_what_the_run_measured(run, version):
    card = (version / "assets.extra" / "model_card.md").read_text()
    measures = json.loads((pathlib.Path(run) / "metrics.json").read_text())
    config = ExperimentConfig.load(pathlib.Path(run) / "config.json")
    assert card.startswith(f"# {config.model.family} for wildcard_27\n")
    assert f"Parameters: {measures['num_params']:,}" in card
    assert "20 steps of 32 queries, from the train split, objective" in card
    assert f"test split (4,096 queries): KL {measures['kl_nats']:.5f} nats" in card


def test_export_dir_that_is_a_file_and_missing_run_are_clear_errors(
    short_runs, tmp_path
):
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(UserError, match="export_dir must be a folder"):
        saved_model.export(short_runs["two_tower"], str(file))
    assert file.read_text() == "mine"
    with pytest.raises(UserError, match="no run found"):
        saved_model.export(str(tmp_path / "nothing"), str(tmp_path / "model"))
    assert not (tmp_path / "model").exists()


def test_a_version_that_exists_is_never_touched(short_runs, tmp_path):
    workdir = short_runs["two_tower"]
    kept = tmp_path / "3"
    kept.mkdir()
    (kept / "mine").write_text("mine")
    with pytest.raises(UserError, match=r"version=3 exists in .* --overwrite takes"):
        saved_model.export(workdir, str(tmp_path), version=3)
    assert {path.name for path in tmp_path.iterdir()} == {"3"}
    assert (
        saved_model.export(workdir, str(tmp_path), version=3, overwrite=True).name
        == "4"
    )
    assert saved_model.export(workdir, str(tmp_path), version=9).name == "9"
    assert {path.name for path in tmp_path.iterdir()} == {"3", "4", "9"}
    assert [path.read_text() for path in kept.iterdir()] == ["mine"]


def test_a_full_disk_leaves_nothing_behind(short_runs, tiny_disk):
    filling = tiny_disk / "filling"
    filling.write_bytes(b"x" * 900_000)
    with pytest.raises((OSError, tf.errors.OpError), match="No space left on device"):
        saved_model.export(short_runs["two_tower"], str(tiny_disk / "model"))
    assert list((tiny_disk / "model").iterdir()) == []


def test_exporting_says_how_to_serve(exported):
    version = exported["two_tower"]
    said = saved_model.serving_help(version)
    assert f"-v {version.parent}:/models/two_tower:ro " in said
    text = said.partition("--query='")[2].rstrip("'\n")
    registry.get("union_27").parse(text)


def test_a_scorer_of_a_newer_tensorflow_is_a_clear_error(exported, tmp_path):
    newer = tmp_path / "1"
    shutil.copytree(exported["two_tower"], newer)
    path = newer / "saved_model.pb"
    proto = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    (graph,) = proto.meta_graphs
    graph.meta_info_def.tensorflow_version = "4.0.0"
    for function in graph.graph_def.library.function:
        for node in function.node_def:
            node.op = "MatMulOfTomorrow" if node.op == "MatMul" else node.op
    path.write_bytes(proto.SerializeToString())
    text = "red-solid-circle green-*-square"
    with pytest.raises(UserError, match=r"written by TensorFlow 4\.0\.0: .*Tomorrow"):
        score.score_text(newer, text, 3)


def test_a_query_of_another_game_is_a_clear_error(exported):
    with pytest.raises(UserError, match="token"):
        score.score_text(exported["two_tower"], "3 5 26", 3)


def test_a_game_without_a_grammar_has_no_text_signatures(
    short_runs, tmp_path, monkeypatch
):
    monkeypatch.setattr(set_games.SetGame, "grammar", lambda self: None)
    version = saved_model.export(short_runs["cross_encoder"], str(tmp_path))
    signatures = tf.saved_model.load(str(version)).signatures
    assert set(signatures) == {"serving_default", "score_all", "rank"}
    said = saved_model.serving_help(version)
    assert "tensorflow/serving" in said and "export.client" not in said


def _rename_game(file, source):
    file.write_text(json.dumps({**json.loads(file.read_text()), "source": source}))


def test_a_game_that_only_a_file_names_is_not_imported(
    short_runs, exported, tmp_path, trap
):
    module, mark = trap
    run, version = tmp_path / "run", tmp_path / "model" / "1"
    shutil.copytree(short_runs["two_tower"], run)
    shutil.copytree(exported["two_tower"], version)
    _rename_game(run / "game.json", f"{module}:make")
    _rename_game(version / "assets.extra" / "game.json", f"{module}:make")
    for refused in (
        lambda: saved_model.export(str(run), str(tmp_path / "other")),
        lambda: saved_model.serving_help(version),
        lambda: score.score_text(version, "1", 3),
    ):
        with pytest.raises(UserError, match=f"yourself with --game={module}:make"):
            refused()
    assert not mark.exists()
    assert not (tmp_path / "other").exists()
    # Of the user's own name it is, and she is told what is wrong with it.
    with pytest.raises(UserError, match=f"{module}:make.* cannot be imported"):
        score.score_text(version, "1", 3, f"{module}:make")
    assert mark.exists()
