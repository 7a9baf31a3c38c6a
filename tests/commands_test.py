"""Tests of the commands as a user types them: what they print and how they end."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from export import saved_model
from tests.typed_commands import run

ROOT = pathlib.Path(__file__).resolve().parent.parent
_QUERY = "red-solid-circle green-*-square"


@pytest.fixture(scope="module")
def workdir(data_dir, tmp_path_factory):
    """A run that the train command made."""
    folder = tmp_path_factory.mktemp("commands") / "run"
    code, output, errors = run(
        "set_contrastive.train",
        "--game=wildcard_27",
        f"--data_dir={data_dir}",
        f"--workdir={folder}",
        "--preset=light",  # It searches no keys, and starts sooner.
        "--steps=20",
        "--batch_size=32",
        "--noxla",
        "--vector_dim=4",
    )
    assert code == 0, errors
    assert "validation KL" in output
    assert "20/20" in errors  # The progress bar.
    return folder


def test_train_evaluate_export_and_score(workdir, tmp_path):
    assert json.loads((workdir / "config.json").read_text())["model"]["vector_dim"] == 4
    code, output, errors = run("set_contrastive.evaluate", f"--workdir={workdir}")
    assert (code, errors) == (0, "")
    assert "subset size" in output and "4096" in output
    assert (workdir / "metrics.json").exists()
    code, output, errors = run(
        "export.export_saved_model", f"--workdir={workdir}", f"--export_dir={tmp_path}"
    )
    assert code == 0, errors
    assert str(tmp_path / "1") in output
    code, output, errors = run(
        "export.score",
        f"--saved_model={tmp_path / '1'}",
        f"--query={_QUERY}",
        "--top=27",
    )
    assert (code, errors) == (0, "")
    rows = [line.split() for line in output.splitlines()[1:28]]
    assert sum(float(probability) for _, probability, _ in rows) == pytest.approx(
        1.0, abs=2e-3
    )
    # red and green leave blue, * leaves any fill, circle and square leave triangle.
    matching = {key for key, _, matches in rows if matches == "yes"}
    assert matching == {f"blue-{fill}-triangle" for fill in ("void", "dashed", "solid")}


# What is wrong, the command, and what its one line must say.
_BAD_INPUT = {
    "game": (
        ("set_contrastive.train", "--game=poker", "--workdir={tmp}/run"),
        "unknown game 'poker', expected one of set_27, shared_27, wildcard_27",
    ),
    "model": (
        ("set_contrastive.train", "--model=three_tower", "--workdir={tmp}/run"),
        "two_tower, cross_encoder, classifier, late_interaction, or "
        "package.module:FAMILY for your own, got 'three_tower'",
    ),
    "flag": (("set_contrastive.train", "--nonsense=1"), "nonsense"),
    "no workdir": (("set_contrastive.train",), "workdir"),
    "not built": (
        (
            "set_contrastive.train",
            "--game=union_81",
            "--data_dir={tmp}/data",
            "--workdir={tmp}/run",
        ),
        "tfds build data_builders/card_games --config union_81 --data_dir {tmp}/data",
    ),
    "vector_dim": (
        ("set_contrastive.train", "--vector_dim=0", "--workdir={tmp}/run"),
        "vector_dim must be at least 1, got 0",
    ),
    "replicas": (
        (
            "set_contrastive.train",
            "--batch_size=5",
            "--strategy=mirrored",
            "--replicas=2",
            "--workdir={tmp}/run",
        ),
        "batch_size must be a multiple of replicas=2, got 5",
    ),
    "curriculum": (
        ("set_contrastive.train", "--curriculum=1-2", "--workdir={tmp}/run"),
        "curriculum must look like 1:400,2:400,8:rest, got '1-2'",
    ),
    "no run": (("set_contrastive.evaluate", "--workdir={tmp}/none"), "no run found"),
    "corrupt config": (
        ("set_contrastive.evaluate", "--workdir={corrupt}"),
        "config.json is corrupt",
    ),
    "split": (
        ("set_contrastive.evaluate", "--workdir={run}", "--split=tset"),
        "validation",
    ),
    "query": (
        (
            "export.score",
            "--saved_model={exported}",
            "--query=red-solid-circle green-*-hexagon",
        ),
        "token 2 of the query: expected a card",
    ),
    "no model": (
        ("export.score", "--saved_model={tmp}", "--query=x"),
        "no scorer that this TensorFlow",
    ),
    "export_dir": (
        ("export.export_saved_model", "--workdir={run}", "--export_dir={file}"),
        "export_dir must be a folder",
    ),
}


@pytest.fixture(scope="module")
def places(workdir, tmp_path_factory):
    """Folders and files that the bad commands name."""
    tmp = tmp_path_factory.mktemp("bad")
    corrupt = tmp / "corrupt"
    corrupt.mkdir()
    (corrupt / "config.json").write_text('{"game": ')
    file = tmp / "file"
    file.write_text("mine")
    exported = saved_model.export(str(workdir), str(tmp / "exported"))
    return {
        "tmp": tmp,
        "corrupt": corrupt,
        "file": file,
        "run": workdir,
        "exported": exported,
    }


@pytest.mark.parametrize("case", _BAD_INPUT)
def test_bad_input_ends_with_one_line_and_exit_code_1(case, places, run_quickly):
    command, said = _BAD_INPUT[case]
    code, output, errors = run_quickly(*(part.format(**places) for part in command))
    assert code == 1
    assert output == ""
    assert len(errors.strip().splitlines()) == 1, errors
    assert "error: " in errors and said.format(**places) in errors


@pytest.mark.parametrize(
    "module",
    [
        "set_contrastive.train",
        "set_contrastive.evaluate",
        "set_contrastive.sweep",
        "set_contrastive.report",
        "set_contrastive.explain",
        "set_contrastive.play",
        "set_contrastive.demo",
        "export.export_saved_model",
        "export.score",
        "export.export_index",
        "export.client",
        "set_contrastive.theory.subsets",
        "set_contrastive.theory.rank",
        "set_contrastive.theory.capacity",
        "set_contrastive.theory.free_embedding",
        "set_contrastive.theory.objective_limits",
    ],
)
def test_help_tells_a_stranger_what_to_type(module, run_quickly):
    _, output, _ = run_quickly(module, "--help")
    assert f"python -m {module}" in output
    assert "--" in output


def test_importing_the_package_imports_no_tensorflow():
    code = (
        "import sys, set_contrastive, set_contrastive.games.registry as r;"
        "r.get('union_27'); sys.exit('tensorflow' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
