"""Tests of what `advise` is given: wrong, changed, not given, named elsewhere."""

import dataclasses
import pathlib
import tomllib

import numpy as np
import pytest

from set_contrastive.advisor import inputs as inputs_lib
from set_contrastive.advisor import pipeline
from set_contrastive.advisor.advice_config import AdviceConfig
from set_contrastive.base.errors import UserError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"document_vectors": "gone.npz"}, "document_vectors must name a file that "),
        ({"runs": "gone.trec"}, "runs must name a file that can be read"),
        (
            {"judgements": None, "game": "chess"},
            "unknown game .chess., expected one of ",
        ),
        ({"game": "set_27"}, "judgements and game must not both be given"),
        ({"judgements": None}, "query_vectors needs judgements, got none"),
    ],
)
def test_wrong_input_makes_no_folder(graded_files, tmp_path, changes, message):
    output = tmp_path / "advice"
    with pytest.raises(UserError, match=f"^{message}"):
        pipeline.advise(graded_files[0], output=str(output), **changes)
    assert not output.exists()


def test_other_ids_beside_the_same_vectors_are_other_inputs(graded_files, tmp_path):
    vectors, ids = tmp_path / "documents.npy", tmp_path / "documents.ids"
    np.save(vectors, graded_files[3])
    ids.write_text("".join(f"d{i}\n" for i in range(len(graded_files[3]))))
    config = dataclasses.replace(graded_files[0], document_vectors=str(vectors))
    before = inputs_lib.fingerprint(config)
    assert inputs_lib.fingerprint(config) == before
    ids.write_text("".join(f"d{i}\n" for i in reversed(range(len(graded_files[3])))))
    after = inputs_lib.fingerprint(config)
    assert {name for name in before if before[name] != after[name]} == {
        "document_vectors"
    }
    moved = dataclasses.replace(config, output="elsewhere", engine="ray", parallel=7)
    assert inputs_lib.fingerprint(moved) == after
    # Cells do not follow from these.
    moved = dataclasses.replace(config, dims=(2,), tolerance=0.5, runs="run.trec")
    assert inputs_lib.fingerprint(moved) == after


def test_the_example_is_part_of_an_installed_package():
    package = pathlib.Path(inputs_lib.__file__).parent
    config = tomllib.loads((package.parents[1] / "pyproject.toml").read_text())
    patterns = config["tool"]["setuptools"]["package-data"]["set_contrastive.advisor"]
    shipped = {path for pattern in patterns for path in package.glob(pattern)}
    config = inputs_lib.with_defaults(AdviceConfig())
    for name in ("judgements", "query_vectors", "document_vectors"):
        assert pathlib.Path(getattr(config, name)) in shipped


def test_a_missing_example_is_one_line_that_says_what_to_give(monkeypatch, tmp_path):
    monkeypatch.setattr(inputs_lib, "_EXAMPLE", tmp_path / "gone")
    with pytest.raises(UserError, match=r"^judgements must be given \(--judgements\)"):
        inputs_lib.with_defaults(AdviceConfig())


def test_workers_elsewhere_find_the_files(graded_files, monkeypatch):
    folder = pathlib.Path(graded_files[0].judgements).parent
    monkeypatch.chdir(folder)
    config = AdviceConfig(judgements="qrels.txt", output="advice", engine="ray")
    sent = pipeline._for_workers(config)
    assert sent.judgements == str(folder / "qrels.txt")
    assert sent.output == str(folder / "advice")
    assert sent.query_vectors is sent.runs is None
