"""Tests of exporting: versions count up, none is touched, and clear errors."""

import json
import shlex
import shutil

import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from export import saved_model
from export import score
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games import set_games


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


def test_a_shell_takes_what_serves_a_folder_of_several_words(exported, tmp_path):
    version = tmp_path / "my models" / "1"
    shutil.copytree(exported["two_tower"] / "assets.extra", version / "assets.extra")
    words = shlex.split(saved_model.serving_help(version).replace("\\\n", ""))
    assert "MODEL_NAME=my models" in words and "--model=my models" in words
    assert f"{version.parent}:/models/my models:ro" in words


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


def test_a_game_without_its_fields_is_a_clear_error(exported, tmp_path):
    version = tmp_path / "1"
    shutil.copytree(exported["two_tower"], version)
    (version / "assets.extra" / "game.json").write_text('{"name": "union_27"}')
    with pytest.raises(UserError, match="no scorer that this TensorFlow .* can read"):
        score.score_text(version, "red", 3)


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
