"""Runs what docs/serving.md tells a reader to type, against the server of the tests."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "serving.md").read_text()


def _blocks(language, ports):
    """Returns the blocks of the page, with the ports of the test."""
    page = PAGE.replace(":8500", f":{ports['grpc']}").replace(
        ":8501", f":{ports['rest']}"
    )
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def _documents(text):
    """Returns the JSON objects that stand one after another."""
    decoder, found = json.JSONDecoder(), []
    while text := text.strip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


@pytest.mark.skipif(not shutil.which("curl"), reason="needs the command curl")
def test_commands_of_the_page_are_answered(ports):
    programs = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    answers = []
    for block in _blocks("sh", ports):
        done = subprocess.run(
            ["bash", "-ec", block],
            cwd=ROOT,
            env={**os.environ, "PATH": programs, "no_proxy": "localhost"},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        if block.startswith("curl"):
            answers += _documents(done.stdout)
        else:
            assert [len(line.split()) for line in done.stdout.splitlines()] == [2] * 4
    assert len(answers) == 9
    assert not [answer for answer in answers if "error" in answer]
    status, pairs, by_symbols, by_text, ranked, ranked_rows, *vectors, _ = answers
    assert status["model_version_status"][-1]["state"] == "AVAILABLE"
    np.testing.assert_allclose(
        by_symbols["outputs"]["scores"], by_text["outputs"]["scores"], atol=1e-6
    )
    (scores,) = by_symbols["outputs"]["scores"]
    np.testing.assert_allclose(pairs["predictions"], [scores[25], scores[0]], atol=1e-6)
    (row,) = ranked_rows["predictions"]
    assert [row["keys"]] == ranked["outputs"]["keys"]
    query, keys = (np.array(answer["outputs"]) for answer in vectors)
    np.testing.assert_allclose(keys @ query[0], scores[:3], atol=1e-5)


def test_python_of_the_page_is_answered(ports):
    (code,) = _blocks("python", ports)
    names = {}
    exec(code, names)
    answers = names["answers"]
    scores = answers["score_all"]["scores"][0]
    np.testing.assert_allclose(answers["score_text"]["scores"][0], scores, atol=1e-6)
    assert answers["serving_default"]["score"] == pytest.approx(scores[25], abs=1e-6)
    order = np.argsort(-scores, kind="stable").tolist()
    for signature in ("rank", "rank_text"):
        assert answers[signature]["keys"][0].tolist() == order
    vectors = answers["encode_key"]["vector"]
    products = vectors @ answers["encode_query"]["vector"][0]
    np.testing.assert_allclose(products, scores[:3], atol=1e-5)
