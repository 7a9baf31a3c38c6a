"""Tests of whole runs: what they leave, evaluated, resumed, damaged."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.data import prepared_data
from set_contrastive.games import registry
from set_contrastive.runs import experiment
from set_contrastive.runs import metrics
from set_contrastive.training import checkpoints
from tests.tiny_run import assert_same_bits
from tests.tiny_run import final_weights

SMALL = ModelConfig(
    "two_tower", d_model=16, d_ff=24, num_heads=2, num_layers=2, vector_dim=8
)


def config(data_dir, **fields):
    defaults = {
        "game": "wildcard_27",
        "model": SMALL,
        "data_dir": data_dir,
        "optimizer": OptimizerConfig(learning_rate=1e-2, warmup_steps=10),
        "batch_size": 32,
        "steps": 60,
        "eval_every": 30,
        "checkpoint_every": 20,
        "xla": False,  # Compiling takes longer than these runs.
    }
    return ExperimentConfig(**{**defaults, **fields})


@pytest.fixture(scope="module")
def finished(data_dir, tmp_path_factory):
    """The folder of a run of 60 steps, and its measures on validation."""
    folder = tmp_path_factory.mktemp("run") / "new"
    return folder, experiment.train_and_evaluate(config(data_dir), str(folder))


def test_run_folder_holds_what_the_contract_says(finished, data_dir):
    folder, measures = finished
    assert ExperimentConfig.load(folder / "config.json") == config(data_dir)
    assert measures["num_queries"] == 4096
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "game.json", "checkpoints", "tensorboard"} <= names
    steps = [path.name for path in checkpoints.find(folder / "checkpoints")]
    assert steps == ["step-60", "step-40", "step-20"]


def test_tensorboard_shows_scalars_hparams_config_and_keys(finished):
    folder, measures = finished
    (events,) = (folder / "tensorboard").glob("events*")
    scalars, texts = {}, []
    for event in tf.compat.v1.train.summary_iterator(str(events)):
        for value in event.summary.value:
            if value.metadata.plugin_data.plugin_name == "scalars":
                number = float(tf.make_ndarray(value.tensor))
                scalars.setdefault(value.tag, {})[event.step] = number
            else:
                texts.append(value.tag)
    for name in (
        "loss",
        "learning_rate",
        "gradient_norm",
        "loss_scale",
        "examples_per_second",
    ):
        assert 60 in scalars[f"train/{name}"]
    assert scalars["validation/kl_nats"][60] == pytest.approx(measures["kl_nats"])
    assert set(scalars["validation/top_k_overlap"]) == {30, 60}
    assert "config" in texts and any("hparams" in text for text in texts)
    names = (folder / "tensorboard" / "key_names.tsv").read_text().split()
    assert names == list(registry.get("wildcard_27").keys)
    vectors = np.loadtxt(folder / "tensorboard" / "keys.tsv")
    assert vectors.shape == (27, 8)
    assert "keys.tsv" in (folder / "tensorboard" / "projector_config.pbtxt").read_text()


def test_evaluate_writes_metrics_that_the_scores_give(finished, data_dir):
    folder, in_training = finished
    measures = experiment.evaluate(str(folder), "test")
    assert json.loads((folder / "metrics.json").read_text()) == measures
    data = prepared_data.read_split(data_dir, "wildcard_27", "test")
    scores = np.load(folder / "scores_test.npy")
    # The game is listed whole, so both splits are the same queries, and what was
    # trained is what was saved and loaded, to the last weight.
    assert measures["kl_nats"] == pytest.approx(in_training["kl_nats"], rel=1e-5)
    assert measures["kl_nats"] == metrics.kl_nats(scores, data.key_mask).mean()
    assert measures["num_queries"] == 4096
    assert set(measures["by_subset_size"]) == {"1", "3", "9", "27"}
    assert measures["num_params"] == sum(
        np.size(w)
        for w in experiment.load(str(folder)).scorer.all_keys_scorer.get_weights()
    )


def test_same_config_elsewhere_gives_the_same_weights_and_goes_on_at_once(
    finished, data_dir, tmp_path
):
    folder, measures = finished
    again = experiment.train_and_evaluate(config(data_dir), str(tmp_path))
    assert again == measures
    written = {path: path.stat().st_mtime_ns for path in folder.glob("checkpoints/*")}
    assert experiment.train_and_evaluate(config(data_dir), str(folder)) == measures
    assert written == {path: path.stat().st_mtime_ns for path in written}


def test_workdir_of_another_experiment_is_refused_and_left_alone(finished, data_dir):
    folder, _ = finished
    before = (folder / "config.json").read_bytes()
    other = config(data_dir, seed=7, model=dataclasses.replace(SMALL, vector_dim=9))
    with pytest.raises(UserError, match=r"model\.vector_dim: 9 != 8; seed: 7 != 0"):
        experiment.train_and_evaluate(other, str(folder))
    assert (folder / "config.json").read_bytes() == before


def test_a_run_does_not_go_on_over_a_game_that_has_changed(
    finished, data_dir, tmp_path
):
    folder, _ = finished
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    spec = json.loads((tmp_path / "game.json").read_text())
    spec["keys"][0] = "another-card"
    (tmp_path / "game.json").write_text(json.dumps(spec))
    with pytest.raises(UserError, match="built again; they differ in keys"):
        experiment.train_and_evaluate(config(data_dir), str(tmp_path))


def test_damaged_newest_checkpoint_costs_only_its_steps(finished, data_dir, tmp_path):
    _, measures = finished
    experiment.train_and_evaluate(config(data_dir), str(tmp_path))
    data = tmp_path / "checkpoints" / "step-60.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:100])
    assert experiment.load(str(tmp_path)).step == 40
    assert experiment.train_and_evaluate(config(data_dir), str(tmp_path)) == measures
    assert experiment.load(str(tmp_path)).step == 60


@pytest.mark.parametrize("file", ["config.json", "game.json"])
def test_corrupt_json_is_one_clear_error(finished, tmp_path, file):
    folder, _ = finished
    for name in ("config.json", "game.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / file).write_text("{")
    with pytest.raises(UserError, match=f"{file} is corrupt"):
        experiment.load(str(tmp_path))


def test_divergence_keeps_the_last_good_checkpoint(data_dir, tmp_path):
    wild = OptimizerConfig(learning_rate=1e5, warmup_steps=0)
    fields = {"optimizer": wild, "checkpoint_every": 1}
    with pytest.raises(UserError, match="step 2: the loss is"):
        experiment.train_and_evaluate(config(data_dir, **fields), str(tmp_path / "bad"))
    (kept,) = checkpoints.find(tmp_path / "bad" / "checkpoints")
    assert kept.name == "step-1"
    # What is kept is what a run has that ends before it diverges.
    good = config(data_dir, **fields, steps=1, eval_every=1)
    experiment.train_and_evaluate(good, str(tmp_path / "good"))
    assert_same_bits(tmp_path / "good", tmp_path / "bad")
    for value in final_weights(tmp_path / "bad").values():
        assert np.isfinite(value).all()
